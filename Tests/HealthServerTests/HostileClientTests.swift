import Dispatch
import Glibc
import Testing

/// Clients must not be able to block the server or harm the process.
@Suite struct HostileClientTests {
    @Test func whoSendsWithoutEndHoldsNothingUp() async throws {
        try await TestServer.run { server in
            let flood = try TestClient(to: server.port)
            DispatchQueue(label: "flood").async {
                flood.send("GET / HTTP/1.1\r\n\r\n")
                let more = [UInt8](repeating: 0, count: 1 << 20)
                while flood.send(more) {}
            }
            usleep(100_000)
            let start = ContinuousClock.now
            #expect(try server.ask("GET /healthz HTTP/1.1\r\n\r\n").hasSuffix("/healthz"))
            #expect(ContinuousClock.now - start < .seconds(4))
            #expect(try #require(server.end()) < .seconds(2))
        }
    }

    /// A reset could discard the response for a client that is still sending.
    @Test func anAnswerIsReadThoughTheRequestGoesOn() async throws {
        try await TestServer.run { server in
            let client = try TestClient(to: server.port)
            client.send(String(repeating: "x", count: 16_000))
            usleep(100_000)
            #expect(client.send(String(repeating: "x", count: 16_000)), "the connection is reset")
            #expect(try client.readToEnd().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test func theFirstOfPipelinedRequestsIsAnswered() async throws {
        try await TestServer.run { server in
            let answer = try server.ask("GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n/a"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test func refusalsSayWhatIsAllowedAndHeadsHaveNoBody() async throws {
        try await TestServer.run { server throws in
            #expect(try server.ask("POST / HTTP/1.1\r\n\r\n").contains("\r\nAllow: GET, HEAD\r\n"))
            #expect(try !server.ask("GET / HTTP/1.1\r\n\r\n").contains("Allow"))
            #expect(try server.ask("HEAD / HTTP/2.0\r\n\r\n").hasSuffix("\r\n\r\n"))
        }
    }

    @Test func idleConnectionsKeepNobodyOut() async throws {
        try await TestServer.run { server in
            let idle = try (0..<100).map { _ in try TestClient(to: server.port) }
            let start = ContinuousClock.now
            #expect(try server.ask("GET /healthz HTTP/1.1\r\n\r\n").hasSuffix("/healthz"))
            #expect(ContinuousClock.now - start < .seconds(4))
            withExtendedLifetime(idle) {}
        }
    }

    @Test func itEndsAtOnceWhateverClientsDo() async throws {
        try await TestServer.run { server in
            let silent = try TestClient(to: server.port)
            let half = try TestClient(to: server.port)
            half.send("GET /a HT")
            let unread = try TestClient(to: server.port)
            unread.send("GET /long HTTP/1.1\r\n\r\n")
            // A response proves that the loop has processed all of them.
            _ = try server.ask("GET /a HTTP/1.1\r\n\r\n")
            #expect(try #require(server.end()) < .seconds(2))
            withExtendedLifetime((silent, half, unread)) {}
        }
    }

    @Test func whoIsSlowIsLeft() async throws {
        try await TestServer.run(patience: .milliseconds(300)) { server in
            let start = ContinuousClock.now
            let silent = try TestClient(to: server.port)
            let slow = try TestClient(to: server.port)
            while slow.send("x"), ContinuousClock.now - start < .seconds(5) { usleep(20_000) }
            #expect(try silent.readToEnd() == "")
            #expect(ContinuousClock.now - start < .seconds(4))
            let unread = try TestClient(to: server.port)
            unread.send("GET /long HTTP/1.1\r\n\r\n")
            usleep(600_000)
            #expect(((try? unread.readToEnd()) ?? "").utf8.count < 8 << 20)
        }
    }

    @Test func aClosedSendingSideIsStillAnswered() async throws {
        try await TestServer.run { server in
            let client = try TestClient(to: server.port)
            client.send("GET /a HTTP/1.0\n\n")
            client.closeWriting()
            #expect(try client.readToEnd().hasSuffix("/a"))
        }
    }

    @Test func randomBytesAreSurvived() async throws {
        try await TestServer.run { server in
            for _ in 0..<200 {
                let client = try TestClient(to: server.port)
                let garbage = (0..<Int.random(in: 0..<64)).map { _ in UInt8.random(in: 0...255) }
                client.send(garbage + Array("\r\n\r\n".utf8))
                #expect(try client.readToEnd().hasPrefix("HTTP/1.1 "), "\(garbage)")
            }
            #expect(try server.ask("GET /still HTTP/1.1\r\n\r\n").hasSuffix("/still"))
        }
    }
}
