internal import CMemory
internal import Formats
internal import HealthServer
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

/// Health and metrics of this process.
struct Monitoring: Sendable {
    var metrics: HealMetrics
    var health: ProcessHealth
    /// Nil if no address was given.
    var server: HealthServer?
}

/// Who is told what `watch` does, besides its output and metrics.
struct Telling: Sendable {
    /// Nil without `--notify`.
    var notify: Notify?
    var writesEvents = true

    struct Notify: Sendable {
        var settings: NoticeBoard.Settings
        /// Makes the senders; what they say goes to the argument.
        var senders: @Sendable (@escaping @Sendable (String) -> Void) throws -> [NotifySender]
    }
}

/// One run of `watch`: the healer, the leader election and the output.
struct WatchSession: Sendable {
    /// Maximum time to release the Lease and write the last Events, after writes under way have ended.
    private static let releaseLimit = Duration.milliseconds(350)

    let session: Session
    let options: WatchRollouts.Options
    let world: World
    let style: Style
    let recent: RecentLines
    let live: LivePage
    /// What steps from the page may do.
    let stepOptions: PageSteps.Options
    let output: WatchOutput
    private let elector: LeaderElector?
    private let monitoring: Monitoring
    private let telling: Telling
    private let recorder: EventRecorder?
    private let desk: NotifyDesk?
    /// Maximum time to send the last notifications.
    private static let notifyLimit = Duration.seconds(2)

    /// - Parameters:
    ///   - lease: the Lease that the leader holds; nil without leader election.
    ///   - steps: what steps from the page may do.
    init(
        _ session: Session, _ options: WatchRollouts.Options, mode: WatchOutput.Mode, recent: RecentLines,
        color: ColorChoice, lease: LeaderElector.Place?, steps: PageSteps.Options, world: World, monitoring: Monitoring,
        telling: Telling
    ) throws {
        self.monitoring = monitoring
        self.telling = telling
        self.session = session
        self.options = options
        self.recent = recent
        self.world = world
        style = Style(color, world)
        stepOptions = steps
        live = LivePage(
            WatchPage(
                title: Self.title(of: session.connection, options, style: style),
                showsNamespace: options.scope.namespace == nil, style: style, takesKeys: world.console.isInputTerminal))
        output = WatchOutput(
            mode, world.console, style: style, recent: recent, live: live, now: { [api = session.api] in api.now })
        desk = try telling.notify.map { [output] notify in
            NotifyDesk(
                notify.settings, try notify.senders { output.tell(.change(Change(.error, message: $0))) },
                api: session.api, time: world.time)
        }
        recorder =
            telling.writesEvents
            ? EventRecorder(session.api, instance: world.instance) { [output] in output.tell(.unreadable($0)) } : nil
        elector = lease.map {
            LeaderElector(
                client: session.client, place: $0, identity: world.instance, fieldManager: RolloutAPI.fieldManager)
        }
    }

    /// Runs until cancelled, until the page is quit, or until nobody reads stdout any more.
    func run() async throws -> ExitStatus {
        // In tasks of their own, so that Events are written and the Lease is released even if this task is cancelled.
        let recording = Task { [recorder] in await recorder?.run() }
        let notifying = Task { [desk] in await desk?.run() }
        let result: Result<ExitStatus, any Error>
        do {
            result = .success(try await work())
        } catch {
            result = .failure(error)
        }
        Screen.close()
        if case .live = output.mode, result.isEndOfPage, let end = PageSummary.end(of: live.page) {
            world.console.err(live.lastWords + end)
        }
        recorder?.finish()
        desk?.finish()
        let limit = Task { [time = world.time] in
            try await time.sleep(Self.releaseLimit)
            recording.cancel()
        }
        if let elector {
            await Task { try? await elector.release(within: Self.releaseLimit) }.value
        }
        await recording.value
        limit.cancel()
        let notifyLimit = Task { [time = world.time] in
            try await time.sleep(Self.notifyLimit)
            notifying.cancel()
        }
        await notifying.value
        notifyLimit.cancel()
        return try result.get()
    }

    private func work() async throws -> ExitStatus {
        memory_use_few_arenas()
        let heals = options.settings.heals
        let watch = WatchRollouts(session.api, options, isLeading: { elector?.isLeader ?? true }) { report in
            output.tell(report)
            if case .synced = report { memory_give_back() }
            guard case .change(let change) = report else {
                return monitoring.metrics.count(report, isLeading: elector?.isLeader ?? true)
            }
            // Changes by a write of this replica are recorded even if it no longer leads.
            let isOurs = elector?.isLeader ?? true || change.kind.isWrite
            monitoring.metrics.count(report, isLeading: isOurs)
            if heals, isOurs { recorder?.record(change) }
            desk?.take(change, isLeading: elector?.isLeader ?? true)
        }
        return try await withThrowingTaskGroup(of: ExitStatus.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await watch.run() }
            group.addTask { try await tick(watch) }
            if let desk {
                group.addTask {
                    try await endless {
                        await desk.work(electing: elector != nil, isLeading: { elector?.isLeader ?? true }) {
                            await watch.view
                        }
                    }
                }
            }
            if let server = monitoring.server { group.addTask { try await endless { await server.run() } } }
            if let elector { group.addTask { try await endless { await lead(elector, watch) } } }
            if case .live = output.mode {
                Screen.open()
                group.addTask { try await draw(watch) }
                group.addTask { try await endless { await resize() } }
                group.addTask { try await endless { await count(watch) } }
                if world.console.isInputTerminal {
                    group.addTask { try await readKeys() }
                    group.addTask { try await endless { await serveKeys() } }
                }
            }
            return try await group.next() ?? .success
        }
    }

    func takeOverNotices(since time: Timestamp?) {
        desk?.takeOver(time)
    }

    /// Records a step from the page.
    func record(_ change: Change) {
        recorder?.record(change)
    }

    /// Runs work that returns only when cancelled.
    private func endless(_ work: () async -> Void) async throws -> ExitStatus {
        await work()
        throw CancellationError()
    }

    /// Once a second, updates the ages on the page and the health, and detects a closed pipe.
    private func tick(_ watch: WatchRollouts) async throws -> ExitStatus {
        while true {
            try await world.time.sleep(.seconds(1))
            if monitoring.server != nil {
                let view = await watch.view
                monitoring.metrics.set(view, isLeading: options.settings.heals && elector?.isLeader ?? true)
                monitoring.health.turned(
                    isSynced: view.isSynced, blindness: view.blindness, idleFor: await watch.idleTime ?? .zero)
            }
            live.draw()
            if !options.settings.heals, world.console.isOutputBroken() { return .success }
        }
    }
}

extension Result where Success == ExitStatus, Failure == any Error {
    /// Whether the page ended by q or ^C, and not by an error.
    fileprivate var isEndOfPage: Bool {
        switch self {
        case .success: true
        case .failure(let error): error is CancellationError || error as? RolloutHealError == .api(.cancelled)
        }
    }
}
