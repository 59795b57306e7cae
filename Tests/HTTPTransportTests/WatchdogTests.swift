import Testing

@testable import HTTPTransport

/// What happens to a transfer whose watchdog ends it.
@Suite struct WatchdogTests {
    /// Otherwise its connection would stay open until the server ends the response.
    @Test func whatAWatchdogEndsIsStoppedOnce() {
        let inbox = LoopInbox()
        let exchange = Exchange(HTTPRequest(.get, "https://127.0.0.1"), inbox)
        exchange.abort(.timedOut(during: "reading the response"))
        exchange.abort(.timedOut(during: "reading the response"))
        exchange.cancel()
        let commands = inbox.take() ?? []
        #expect(commands.count == 1)
        guard case .stop(let stopped) = commands.first else {
            Issue.record("\(commands)")
            return
        }
        #expect(stopped === exchange)
    }

    @Test func whatHasEndedIsNotStopped() {
        let inbox = LoopInbox()
        let exchange = Exchange(HTTPRequest(.get, "https://127.0.0.1"), inbox)
        exchange.finish(nil)
        exchange.abort(.timedOut(during: "reading the response"))
        #expect(inbox.take()?.isEmpty == true)
    }
}
