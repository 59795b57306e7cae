internal import Formats
internal import KubeClient
internal import Logging
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The output of `watch`: a page on a terminal, lines, JSON lines, or a log.
final class WatchOutput: Sendable {
    enum Mode: Sendable {
        case live
        case lines
        case json
        /// With JSON lines on stdout, if requested.
        case log(Logger, alsoJSON: Bool)
    }

    private static let silent = "the API server said nothing on the watch for too long; watching anew"
    private static let behind =
        "the API server's state is older than what it has already sent: it was restored from a backup, or lags; "
        + "listing all Rollouts anew"

    let mode: Mode
    private let console: Console
    private let style: Style
    private let now: @Sendable () -> Timestamp
    private let live: LivePage
    private let recent: RecentLines
    /// The last reported error of the watch; nil while the watch is open.
    private let trouble = Mutex<String?>(nil)
    /// The number of Rollouts that was logged last.
    private let loggedCount = Mutex<Int?>(nil)

    /// - Parameter recent: the lines that a page shows below its table.
    init(
        _ mode: Mode, _ console: Console, style: Style, recent: RecentLines, live: LivePage,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.mode = mode
        self.recent = recent
        self.console = console
        self.style = style
        self.now = now
        self.live = live
    }

    func tell(_ report: WatchReport) {
        switch report {
        case .change(let change): tell(change)
        case .unreadable(let error): tell(Change(.error, message: error.message))
        case .synced(let count):
            let isNew = loggedCount.withLock { logged in
                defer { logged = count }
                return logged != count
            }
            if case .log(let logger, _) = mode, isNew { logger.info("watching \(count) Rollouts") }
            endTrouble()
        case .watching: endTrouble()
        case .interrupted(let error, let pause): tell(error, pause)
        }
    }

    private func endTrouble() {
        if trouble.withLock({ $0.take() != nil }) { live.draw() }
    }

    /// Logs a message about this process.
    func note(_ text: String) {
        if case .log(let logger, _) = mode { logger.info("\(text)") }
    }

    /// Reports each error of the watch once; not an expired watch, nor one that begins again at once.
    private func tell(_ error: RolloutHealError?, _ pause: ReflectorState.Pause) {
        switch pause.reason {
        case .behind: return tell(Change(.error, message: Self.behind))
        case .silent: return tell(Change(.error, message: Self.silent))
        default: break
        }
        guard let error, pause.reason != .expired, pause.delay > .zero else { return }
        let isNew = trouble.withLock { trouble in
            defer { trouble = error.message }
            return trouble != error.message
        }
        if isNew { tell(Change(.error, message: "\(error.message); trying again")) }
    }

    private func tell(_ change: Change) {
        switch mode {
        case .live:
            let moment = now()
            recent.add(ChangeLine.short(change, at: moment))
            live.change { $0.saw(change, at: moment) }
        case .lines: console.out(ChangeLine.text(change, at: now(), style: style) + "\n")
        case .json: console.out(ChangeLine.json(change, at: now()) + "\n")
        case .log(let logger, let alsoJSON):
            logger.log(change)
            if alsoJSON { console.out(ChangeLine.json(change, at: now()) + "\n") }
        }
    }
}

extension Optional {
    /// Returns the value and sets it to nil.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
