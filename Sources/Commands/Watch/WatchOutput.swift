internal import Formats
internal import KubeClient
internal import Logging
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// Where `watch` tells what happens: a page on a terminal, lines, JSON lines, or a log.
final class WatchOutput: Sendable {
    enum Mode: Sendable {
        case live
        case lines
        case json
        /// With JSON lines on stdout besides, when those were asked for.
        case log(Logger, alsoJSON: Bool)
    }

    let mode: Mode
    private let console: Console
    private let style: Style
    private let now: @Sendable () -> Timestamp
    private let live: LivePage
    private let recent: RecentLines
    /// Told until it is over.
    private let trouble = Mutex<String?>(nil)

    /// - Parameter recent: what a live page shows below its table.
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
            if case .log(let logger, _) = mode { logger.info("watching \(count) Rollouts") }
            endTrouble()
        case .watching: endTrouble()
        case .interrupted(let error, let pause): tell(error, pause)
        }
    }

    private func endTrouble() {
        if trouble.withLock({ $0.take() != nil }) { live.draw() }
    }

    /// Something about this process rather than a Rollout.
    func note(_ text: String) {
        if case .log(let logger, _) = mode { logger.info("\(text)") }
    }

    /// A watch that ends is nothing to talk about; one that cannot be had again is, once.
    private func tell(_ error: RolloutHealError?, _ pause: ReflectorState.Pause) {
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
    /// The value, which is gone afterwards.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}
