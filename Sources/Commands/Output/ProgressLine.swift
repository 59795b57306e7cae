internal import KubeClient
internal import KubeConfig
internal import Synchronization

/// One line on stderr while somebody waits: not before half a second, and gone before anything else is written.
final class ProgressLine: Sendable {
    /// What takes less is not worth a line that only flickers.
    static let delay = Duration.milliseconds(500)
    static let interval = Duration.milliseconds(100)
    /// What is read in less is not worth a request for how many there are.
    static let countDelay = Duration.seconds(1)

    private struct State {
        var progress: Progress?
        /// When the kind of work began that is shown.
        var start = Duration.zero
        var lastDrawn = Duration.zero
        /// What stands on the terminal; nil is nothing.
        var drawn: String?
        /// Somebody else has the terminal.
        var pauses = 0
        /// Finds out how many there are to be read; asked once.
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

    /// - Parameter isWanted: whether a line on stderr disturbs nothing; it takes a terminal besides.
    init(_ world: World, isWanted: Bool) {
        console = world.console
        uptime = world.time.uptime
        began = world.time.uptime()
        ellipsis = Style.hasUnicode(world.host.variables) ? "…" : "..."
        isActive = isWanted && world.console.isErrorTerminal && world.host.variables["TERM"] != "dumb"
    }

    /// Says what is being done now.
    func show(_ progress: Progress) {
        guard isActive else { return }
        state.withLock { state in
            if state.progress?.kind != progress.kind { state.start = uptime() }
            state.progress = progress
            draw(&state)
        }
    }

    /// Has `count` find out how many there are to be read, once that has taken a second and the list itself does not say.
    func countWith(_ count: @escaping Count) {
        state.withLock { $0.count = count }
    }

    /// Nothing is being done any more that takes time.
    func clear() {
        state.withLock { state in
            state.progress = nil
            erase(&state)
        }
    }

    /// Leaves the terminal to `work`, which may ask a question.
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

    /// Lets the time on the line run on, until it is cancelled.
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

    /// The same world, in which whoever writes or runs a plugin finds no line in the way.
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
        // The last column is left free: a character in it may wrap.
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
    /// Runs `work` with a line that it may say its progress on; the line is gone when it returns.
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
    /// Times count from the beginning of each.
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
