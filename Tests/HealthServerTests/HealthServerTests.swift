import Foundation
import HTTPTransport
import TestSupport
import Testing

@testable import HealthServer

/// Runs a server on a free port while `body` uses it.
private func serving(_ body: (Int) async throws -> Void) async throws {
    let server = try HealthServer(try #require(ListenAddress("127.0.0.1:0")), patience: .seconds(60)) { path in
        HealthResponse(path == "/long" ? 503 : 200, path == "/long" ? String(repeating: "x", count: 3 << 20) : path)
    }
    let port = Int(server.port)
    let task = Task { await server.run() }
    try await body(port)
    let start = ContinuousClock.now
    task.cancel()
    await task.value
    // Ends without waiting for its clients' 60 s; `TestServer` measures the loop's own 100 ms.
    #expect(ContinuousClock.now - start < .seconds(30))
}

private func ask(_ port: Int, _ path: String) async throws -> (Int, String) {
    let response = try await CurlTransport(TransportConfiguration()).send(
        HTTPRequest(.get, "http://127.0.0.1:\(port)\(path)", timeout: .seconds(60)))
    return (response.status, String(decoding: try await response.body.collect(upTo: 8 << 20), as: UTF8.self))
}

/// Sends raw bytes and reads the whole response.
private func raw(_ port: Int, _ text: String) async throws -> String {
    let run = try await PluginProcess.run(
        "bash", ["-c", "exec 3<>/dev/tcp/127.0.0.1/\(port); cat >&3; cat <&3"], input: text)
    return run.output
}

@Suite struct HealthServerTests {
    @Test func answersOneRequestAConnection() async throws {
        try await serving { port in
            #expect(try await ask(port, "/healthz") == (200, "/healthz"))
            #expect(try await ask(port, "/metrics?x=1") == (200, "/metrics"))
            let long = try await ask(port, "/long")
            #expect(long.0 == 503)
            #expect(long.1.utf8.count == 3 << 20)
        }
    }

    @Test func whatIsNoRequestIsRefused() async throws {
        try await serving { port in
            for (text, status) in [
                ("nonsense\r\n\r\n", 400), ("GET healthz HTTP/1.1\r\n\r\n", 400), ("GET /a HTTP/2.0\r\n\r\n", 505),
                ("POST /a HTTP/1.1\r\n\r\n", 405),
                ("GET / HTTP/1.1\r\nA: \(String(repeating: "x", count: 9000))\r\n\r\n", 431),
                (String(repeating: "x", count: 20_000), 431), ("\u{0}\u{1}\r\n\r\n", 400),
            ] {
                let answer = try await raw(port, text)
                #expect(answer.hasPrefix("HTTP/1.1 \(status) "), "\(text.prefix(30))")
            }
            let still = try await ask(port, "/still")
            #expect(still == (200, "/still"))
        }
    }

    @Test func aHeadHasNoBody() async throws {
        try await serving { port in
            let answer = try await raw(port, "HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n")
            #expect(answer.contains("Content-Length: 2\r\n"))
            #expect(answer.hasSuffix("\r\n\r\n"))
        }
    }

    @Test func manyAndSlowConnectionsDoNotHoldItUp() async throws {
        try await serving { port in
            let idle = try (0..<40).map { _ in try IdleConnection(to: port) }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<100 { group.addTask { try await ask(port, "/a").0 } }
                for try await status in group { #expect(status == 200) }
            }
            withExtendedLifetime(idle) {}
        }
    }

    @Test func anAddressThatCannotBeHadIsSaid() throws {
        let server = try HealthServer(try #require(ListenAddress("127.0.0.1:0"))) { HealthResponse(200, $0) }
        let taken = try #require(ListenAddress("127.0.0.1:\(server.port)"))
        let expected = HealthServer.Failure(
            reason: "cannot listen on 127.0.0.1 port \(server.port): address already in use")
        do throws(HealthServer.Failure) {
            _ = try HealthServer(taken) { HealthResponse(200, $0) }
            Issue.record("two servers on one port")
        } catch {
            #expect(error == expected)
        }
    }

    @Test(
        arguments: [
            ("127.0.0.1:9090", "127.0.0.1", 9090), (":80", nil, 80), ("[::1]:0", "::1", 0),
            ("localhost:1", "localhost", 1),
            ("9090", nil, -1), ("a:b", nil, -1), ("::1:9", nil, -1), ("[]:9", nil, -1), ("a:70000", nil, -1),
            ("", nil, -1),
        ] as [(String, String?, Int)])
    func addresses(text: String, host: String?, port: Int) {
        let address = ListenAddress(text)
        #expect(address?.host == host)
        #expect(address.map { Int($0.port) } ?? -1 == port)
    }
}

/// A connection on which nothing is sent.
private final class IdleConnection {
    private let handle: Int32

    init(to port: Int) throws {
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe connect(handle, $0, size) }
        }
        guard status == 0 else { throw CocoaError(.fileReadUnknown) }
    }

    deinit { close(handle) }
}
