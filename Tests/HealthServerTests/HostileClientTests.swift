import HealthServer
import Testing

/// Runs a server that answers with the path; `body` gets its port and the task that serves.
private func serving(
    patience: Duration = .seconds(5), _ body: (UInt16, Task<Void, Never>) async throws -> Void
) async throws {
    let long = String(repeating: "x", count: 8 << 20)
    let server = try HealthServer(try #require(ListenAddress("127.0.0.1:0")), patience: patience) { path in
        HealthResponse(200, path == "/long" ? long : path)
    }
    let task = Task { await server.run() }
    try await body(server.port, task)
    task.cancel()
    await task.value
}

private func end(_ task: Task<Void, Never>) async -> Duration {
    let start = ContinuousClock.now
    task.cancel()
    await task.value
    return ContinuousClock.now - start
}

private func ask(_ port: UInt16, _ request: String) async throws -> String {
    let client = try TestClient(to: port)
    await client.send(request)
    return try await client.readToEnd()
}

/// What the clients of a server must not be able to do to it, or to the process.
@Suite struct HostileClientTests {
    @Test func whoSendsWithoutEndHoldsNothingUp() async throws {
        try await serving { port, task in
            let flood = try TestClient(to: port)
            let sending = Task.detached {
                await flood.send("GET / HTTP/1.1\r\n\r\n")
                let more = [UInt8](repeating: 0, count: 1 << 20)
                while await flood.send(more), !Task.isCancelled {}
            }
            defer { sending.cancel() }
            try await Task.sleep(for: .milliseconds(100))
            let start = ContinuousClock.now
            #expect(try await ask(port, "GET /healthz HTTP/1.1\r\n\r\n").hasSuffix("/healthz"))
            #expect(ContinuousClock.now - start < .seconds(1))
            #expect(await end(task) < .milliseconds(100))
        }
    }

    /// A reset could take the answer away from a client that is still sending.
    @Test func anAnswerIsReadThoughTheRequestGoesOn() async throws {
        try await serving { port, _ in
            let client = try TestClient(to: port)
            await client.send(String(repeating: "x", count: 16_000))
            try await Task.sleep(for: .milliseconds(100))
            #expect(await client.send(String(repeating: "x", count: 16_000)), "the connection is reset")
            #expect(try await client.readToEnd().hasPrefix("HTTP/1.1 431 "))
        }
    }

    @Test func theFirstOfPipelinedRequestsIsAnswered() async throws {
        try await serving { port, _ in
            let answer = try await ask(port, "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\nGET /c HTTP/1.1\r\n\r\n")
            #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n/a"))
            #expect(answer.contains("\r\nConnection: close\r\n"))
        }
    }

    @Test func idleConnectionsKeepNobodyOut() async throws {
        try await serving { port, _ in
            let idle = try (0..<100).map { _ in try TestClient(to: port) }
            let start = ContinuousClock.now
            #expect(try await ask(port, "GET /healthz HTTP/1.1\r\n\r\n").hasSuffix("/healthz"))
            #expect(ContinuousClock.now - start < .seconds(1))
            withExtendedLifetime(idle) {}
        }
    }

    @Test func cancellationEndsItWhateverClientsDo() async throws {
        try await serving { port, task in
            let silent = try TestClient(to: port)
            let half = try TestClient(to: port)
            await half.send("GET /a HT")
            let unread = try TestClient(to: port)
            await unread.send("GET /long HTTP/1.1\r\n\r\n")
            try await Task.sleep(for: .milliseconds(50))
            #expect(await end(task) < .milliseconds(100))
            withExtendedLifetime((silent, half, unread)) {}
        }
    }

    @Test func whoIsSlowIsLeft() async throws {
        try await serving(patience: .milliseconds(300)) { port, _ in
            let start = ContinuousClock.now
            let silent = try TestClient(to: port)
            let slow = try TestClient(to: port)
            let trickle = Task { while await slow.send("x") { try await Task.sleep(for: .milliseconds(20)) } }
            defer { trickle.cancel() }
            #expect(try await silent.readToEnd() == "")
            _ = try? await trickle.value
            #expect(ContinuousClock.now - start < .seconds(2))
            let unread = try TestClient(to: port)
            await unread.send("GET /long HTTP/1.1\r\n\r\n")
            try await Task.sleep(for: .milliseconds(600))
            let answer = try? await unread.readToEnd()
            #expect((answer?.utf8.count ?? 0) < 8 << 20)
        }
    }

    @Test func aClosedSendingSideIsStillAnswered() async throws {
        try await serving { port, _ in
            let client = try TestClient(to: port)
            await client.send("GET /a HTTP/1.0\n\n")
            client.closeWriting()
            #expect(try await client.readToEnd().hasSuffix("/a"))
        }
    }

    @Test func randomBytesAreSurvived() async throws {
        try await serving { port, _ in
            var random = SystemRandomNumberGenerator()
            for _ in 0..<200 {
                let client = try TestClient(to: port)
                let count = Int.random(in: 0..<64, using: &random)
                await client.send(
                    (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) } + Array("\r\n\r\n".utf8))
                let answer = try await client.readToEnd()
                #expect(answer.hasPrefix("HTTP/1.1 "))
            }
            #expect(try await ask(port, "GET /still HTTP/1.1\r\n\r\n").hasSuffix("/still"))
        }
    }
}
