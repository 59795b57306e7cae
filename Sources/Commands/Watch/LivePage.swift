internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The one page that keys, changes and steps share, and what asks for it to be drawn.
final class LivePage: Sendable {
    let redraws: AsyncStream<Void>
    let commands: AsyncStream<WatchPage.Command>
    private let redraw: AsyncStream<Void>.Continuation
    private let ask: AsyncStream<WatchPage.Command>.Continuation
    private let state: Mutex<WatchPage>
    /// What steps say once the page is about to go; nil before that.
    private let parting = Mutex<String?>(nil)

    init(_ page: WatchPage) {
        state = Mutex(page)
        (redraws, redraw) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (commands, ask) = AsyncStream.makeStream(of: WatchPage.Command.self)
    }

    /// For whoever is gone from the page to read: nothing is said there any more.
    var lastWords: String { parting.withLock { $0 ?? "" } }

    /// The page is about to go.
    func end() {
        parting.withLock { $0 = $0 ?? "" }
    }

    /// Keeps what is said while it goes.
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

    /// Changes the page, which is drawn then.
    func change(_ change: (inout WatchPage) -> Void) {
        update(change)
        draw()
    }

    /// Whether it is to be quit.
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
