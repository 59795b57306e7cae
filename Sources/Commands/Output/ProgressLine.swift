internal import KubeClient
internal import KubeConfig
internal import Synchronization

/// One line on stderr during a long operation; shown after half a second, and erased before any other output.
final class ProgressLine: Sendable {
    /// Operations shorter than this show no line, because it would flicker.
    static let delay = Duration.milliseconds(500)
    static let interval = Duration.milliseconds(100)
    /// Lists read in less time than this do not request the total.
    static let countDelay = Duration.seconds(1)

    private struct State {
        var progress: Progress?
        /// Uptime when the current kind of operation began.
        var start = Duration.zero
        var lastDrawn = Duration.zero
        /// The text on the terminal; nil if none.
        var drawn: String?
        /// Number of callers that use the terminal at the moment.
        var pauses = 0
        /// Requests the number of objects to read; called once.
        var count: Count?
        var total: Int?
    }

    typealias Count = @Sendable () async -> Int?

    private static let erasure = "\r\u{1B}[K"

    private let console: Console
    private let uptime: @Sendable () -> Duration
    private let began: Duration
    let isActive: Bool
    private let ellipsis: String
    private let state = Mutex(State())

    /// - Parameter isWanted: whether a line on stderr is acceptable; stderr must be a terminal, too.
    init(_ world: World, isWanted: Bool) {
        console = world.console
        uptime = world.time.uptime
        began = world.time.uptime()
        ellipsis = Style.hasUnicode(world.host.variables) ? "…" : "..."
        isActive = isWanted && world.console.isErrorTerminal && world.host.variables["TERM"] != "dumb"
    }

    /// Shows the current progress.
    func show(_ progress: Progress) {
        guard isActive else { return }
        state.withLock { state in
            if state.progress?.kind != progress.kind { state.start = uptime() }
            state.progress = progress
            draw(&state)
        }
    }

    /// Sets the function that requests the total, called after a second if the list itself does not give it.
    func countWith(_ count: @escaping Count) {
        state.withLock { $0.count = count }
    }

    /// Erases the line when the operation has ended.
    func clear() {
        state.withLock { state in
            state.progress = nil
            erase(&state)
        }
    }

    /// Erases the line while `work` uses the terminal, for example to ask a question.
    func paused<Result, Failure>(
        _ work: () async throws(Failure) -> Result
    ) async throws(Failure) -> Result {
        state.withLock { state in
            state.pauses += 1
            erase(&state)
        }
        defer { state.withLock { $0.pauses -= 1 } }
        return try await work()
    }

    /// Updates the elapsed time on the line until cancelled.
    fileprivate func run(_ beat: () async throws -> Void) async {
        guard isActive else { return }
        await withDiscardingTaskGroup { group in
            while (try? await beat()) != nil {
                let count = state.withLock { state in
                    draw(&state)
                    return takeCount(&state)
                }
                if let count {
                    group.addTask {
                        let total = await count()
                        self.state.withLock { $0.total = total }
                    }
                }
            }
        }
    }

    private func takeCount(_ state: inout State) -> Count? {
        guard case .reading(_, nil) = state.progress, uptime() - state.start >= Self.countDelay else { return nil }
        defer { state.count = nil }
        return state.count
    }

    /// A world whose output and plugins erase the line first.
    fileprivate func clearing(_ world: World) -> World {
        guard isActive else { return world }
        var world = world
        world.console.out = { [out = console.out] text in self.write(text, out) }
        world.console.err = { [err = console.err] text in self.write(text, err) }
        world.runPlugin = { [run = world.runPlugin] call async throws(PluginFailure) in
            try await self.paused { () async throws(PluginFailure) in try await run(call) }
        }
        return world
    }

    private func write(_ text: String, _ write: (String) -> Void) {
        state.withLock { state in
            erase(&state)
            write(text)
        }
    }

    private func draw(_ state: inout State) {
        let now = uptime()
        guard var progress = state.progress, state.pauses == 0, now - began >= Self.delay,
            state.drawn == nil || now - state.lastDrawn >= Self.interval
        else { return }
        if case .reading(let count, nil) = progress { progress = .reading(count: count, total: state.total) }
        // The last column stays empty, because a character in it may wrap.
        let text = progress.text(elapsed: now - state.start, width: console.size().columns - 1, ellipsis: ellipsis)
        guard text != state.drawn else { return }
        console.err("\r\(text)\u{1B}[K")
        state.drawn = text
        state.lastDrawn = now
    }

    private func erase(_ state: inout State) {
        if state.drawn != nil { console.err(Self.erasure) }
        state.drawn = nil
    }
}

extension World {
    /// Runs `work` with a progress line, which is erased at the end.
    func withProgress<Result: Sendable>(
        isWanted: Bool = true, _ work: (World, ProgressLine) async throws -> Result
    ) async throws -> Result {
        let line = ProgressLine(self, isWanted: isWanted)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await line.run(beat) }
            defer {
                group.cancelAll()
                line.clear()
            }
            return try await work(line.clearing(self), line)
        }
    }
}

extension Progress {
    /// The elapsed time counts from the start of each kind.
    fileprivate var kind: Int {
        switch self {
        case .reading: 0
        case .clusters: 1
        case .restarting: 2
        case .following: 3
        case .healing: 4
        }
    }
}
