internal import Formats
internal import KubeClient
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The notifications of `watch`: decides by a ``NoticeBoard``, and hands messages to the senders.
final class NotifyDesk: Sendable {
    /// Time between two views of all Rollouts in trouble.
    private static let interval = Duration.seconds(2)

    private let board: Mutex<NoticeBoard>
    private let senders: [NotifySender]
    private let api: RolloutAPI
    private let time: TimeSource
    /// The API server's time when this process began to watch.
    private let start = Mutex<Timestamp?>(nil)

    init(_ settings: NoticeBoard.Settings, _ senders: [NotifySender], api: RolloutAPI, time: TimeSource) {
        board = Mutex(NoticeBoard(settings))
        self.senders = senders
        self.api = api
        self.time = time
    }

    func take(_ change: Change, isLeading: Bool) {
        board.withLock { $0.take(change, isLeading: isLeading, at: time.uptime()) }
    }

    /// Treats as told what was due while others led.
    ///
    /// - Parameter until: nil if nobody led before.
    func takeOver(_ until: Timestamp?) {
        guard let until else { return }
        board.withLock { $0.cover(until: until, at: time.uptime()) }
    }

    /// Looks at the Rollouts in trouble until cancelled, and sends what is due.
    ///
    /// - Parameter electing: whether a Lease shows what a predecessor has told; otherwise, what was due before the start
    ///   counts as told.
    func work(
        electing: Bool, isLeading: @escaping @Sendable () -> Bool, _ view: @escaping @Sendable () async -> WatchView
    ) async {
        while true {
            let view = await view()
            if view.isSynced {
                let isFirst = start.withLock { start in
                    defer { start = start ?? view.now }
                    return start == nil
                }
                if isFirst, !electing { takeOver(view.now) }
                let leads = isLeading()
                let due = board.withLock { board in
                    // A trouble that passes while nothing is seen would look as if it stayed.
                    if view.isCurrent || !leads {
                        board.take(view.rows, isLeading: leads, now: view.now, at: time.uptime())
                    }
                    return board.due(at: time.uptime())
                }
                send(due)
            }
            do throws(CancellationError) { try await time.sleep(Self.interval) } catch { return }
        }
    }

    /// Sends what waits, and ends the senders.
    func finish() {
        send(board.withLock { $0.flush() })
        for sender in senders { sender.finish() }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for sender in senders { group.addTask { await sender.run() } }
        }
    }

    private func send(_ notices: [Notice]?) {
        guard let notices else { return }
        for sender in senders { sender.send(notices, at: api.now) }
    }
}
