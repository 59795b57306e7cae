import Dispatch
import Platform
import Testing

@testable import HealthServer

/// The server's loop on its own thread. The loop and its clients do not use tasks: the tasks of a test run share few
/// threads, and queueing would distort the times measured here.
final class TestServer: Sendable {
    let port: UInt16
    private let stop: Descriptor
    /// Kept open as long as `stop` may be written to: writing to a pipe without reader would end the process.
    private let stopped: Descriptor
    private let ended = DispatchSemaphore(value: 0)

    private init(patience: Duration) throws {
        let listener = try #require(ListenAddress("127.0.0.1:0")).listen()
        (stopped, stop) = try Sockets.pipe()
        let long = String(repeating: "x", count: 8 << 20)
        port = Sockets.port(of: listener)
        DispatchQueue(label: "server").async { [stopped, ended] in
            var loop = ServerLoop(listener, stopped, patience: patience) { path in
                HealthResponse(200, path == "/long" ? long : path)
            }
            loop.run()
            ended.signal()
        }
    }

    /// Runs `body` on another thread, and the server until it returns.
    static func run(
        patience: Duration = .seconds(5), _ body: @escaping @Sendable (TestServer) throws -> Void
    ) async throws {
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            DispatchQueue(label: "clients").async {
                continuation.resume(
                    with: Result {
                        let server = try TestServer(patience: patience)
                        defer { _ = server.end() }
                        try body(server)
                    })
            }
        }
    }

    /// Ends the server like cancellation does; returns the time taken, or nil after 10 s.
    func end() -> Duration? {
        let start = ContinuousClock.now
        Sockets.write([0], to: stop)
        defer { ended.signal() }
        return ended.wait(timeout: .now() + 10) == .success ? ContinuousClock.now - start : nil
    }

    func ask(_ request: String) throws -> String {
        let client = try TestClient(to: port)
        client.send(request)
        return try client.readToEnd()
    }
}
