internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The page shared by keys, changes and steps, and the requests to draw it.
final class LivePage: Sendable {
    let redraws: AsyncStream<Void>
    let commands: AsyncStream<WatchPage.Command>
    private let redraw: AsyncStream<Void>.Continuation
    private let ask: AsyncStream<WatchPage.Command>.Continuation
    private let state: Mutex<WatchPage>
    /// Messages of steps since ``end()``; nil before.
    private let parting = Mutex<String?>(nil)

    init(_ page: WatchPage) {
        state = Mutex(page)
        (redraws, redraw) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (commands, ask) = AsyncStream.makeStream(of: WatchPage.Command.self)
    }

    /// Messages of steps since ``end()``, to be printed after the page has closed.
    var lastWords: String { parting.withLock { $0 ?? "" } }

    /// Begins to collect messages, because the page is about to close.
    func end() {
        parting.withLock { $0 = $0 ?? "" }
    }

    /// Keeps a message if the page is about to close.
    func say(_ text: String) {
        parting.withLock { words in
            if let said = words { words = said + text }
        }
    }

    var page: WatchPage { state.withLock { $0 } }

    func draw() { redraw.yield() }

    /// Changes the page without drawing it.
    func update(_ change: (inout WatchPage) -> Void) {
        state.withLock { change(&$0) }
    }

    /// Changes the page, and requests to draw it.
    func change(_ change: (inout WatchPage) -> Void) {
        update(change)
        draw()
    }

    /// Applies the keys; returns whether to quit.
    func press(_ keys: [Key]) -> Bool {
        for key in keys {
            guard let command = state.withLock({ $0.press(key) }) else { continue }
            if command == .quit { return true }
            ask.yield(command)
        }
        if !keys.isEmpty { draw() }
        return false
    }
}
