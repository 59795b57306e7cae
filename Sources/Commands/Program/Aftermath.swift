internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// What `heal`, `refresh` and `restart` tell others about their steps: Events on the Rollouts, and notifications.
///
/// Neither delays a step nor changes the exit status. Events are written meanwhile; notifications are one message at the
/// end.
struct Aftermath: Sendable {
    /// Maximum time for Events after the last step.
    private static let eventLimit = Duration.seconds(2)
    /// Maximum time for notifications after the last step, retries included.
    private static let notifyLimit = Duration.seconds(30)
    /// The same after an interruption.
    private static let shortLimit = Duration.seconds(2)

    let steps: StepChanges
    private let recorder: EventRecorder?
    private let senders: [NotifySender]
    private let notices: Notices
    private let session: Session

    private final class Notices: Sendable {
        let all = Mutex<[Notice]>([])
    }

    /// - Parameters:
    ///   - writesEvents: false with `--no-events`, and in a dry run.
    ///   - senders: empty without `--notify`.
    init(
        _ session: Session, in world: World, maxRestarts: Int, writesEvents: Bool, senders: [NotifySender] = []
    ) {
        let recorder =
            writesEvents
            ? EventRecorder(session.api, instance: world.instance) {
                world.console.err(Self.warning($0))
            } : nil
        let notices = Notices()
        steps = StepChanges(maxRestarts: maxRestarts) { change in
            recorder?.record(change)
            if let notice = Notice(change) { notices.all.withLock { $0.append(notice) } }
        }
        self.recorder = recorder
        self.senders = senders
        self.notices = notices
        self.session = session
    }

    /// Runs `work`, then waits a limited time for what is still to be written and sent, even if it was interrupted.
    func around(_ work: () async throws -> ExitStatus) async throws -> ExitStatus {
        let recording = recorder.map { recorder in Task { await recorder.run() } }
        let result: Result<ExitStatus, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        let isInterrupted = Task.isCancelled
        recorder?.finish()
        let told = notices.all.withLock { $0 }
        if !told.isEmpty { for sender in senders { sender.send(told, at: session.api.now) } }
        for sender in senders { sender.finish() }
        // In tasks of their own, because this one may be cancelled, and its requests with it.
        let sending = senders.map { sender in Task { await sender.run() } }
        await wait(for: recording.map { [$0] } ?? [], atMost: Self.eventLimit)
        await wait(for: sending, atMost: isInterrupted ? Self.shortLimit : Self.notifyLimit)
        return try result.get()
    }

    private func wait(for tasks: [Task<Void, Never>], atMost limit: Duration) async {
        if tasks.isEmpty { return }
        // In real time: it is a bound for what happens outside, not a step of the work.
        let timer = Task {
            try await Task.sleep(for: limit)
            for task in tasks { task.cancel() }
        }
        for task in tasks { await task.value }
        timer.cancel()
    }

    private static func warning(_ error: RolloutHealError) -> String {
        """
        warning: Events cannot be written: \(ErrorReport(error).message.safeForTerminal)
        hint: grant verbs create and patch on resource events in API group events.k8s.io, or pass --no-events

        """
    }
}
