@testable import KubeClient
import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

/// When a plugin is run, and for which requests.
struct PluginLifetimeTests {
    private func authorizations(_ transport: ScriptedTransport) -> [String] {
        transport.requests.map { $0.headers["Authorization"] ?? "none" }
    }

    private func get(_ client: KubeClient) async throws {
        _ = try await client.get(replicaSets, namespace: "shop", name: "web")
    }

    /// Accepts only requests with `token`.
    private func server(accepting token: String) -> ScriptedTransport {
        ScriptedTransport { request throws(HTTPTransportError) in
            request.headers["Authorization"] == "Bearer \(token)"
                ? .scripted(body: someObject) : .scripted(401, body: #"{"kind":"Status","code":401}"#)
        }
    }

    @Test func keptForTheProcess() async throws {
        let script = PluginScript(tokens: ["one", "two"])
        let clock = PluginClock()
        let transport = server(accepting: "one")
        let client = try KubeClient.fixture(host: script.host, time: clock.source) { _ in transport }
        try await get(client)
        clock.set(ObjectFixture.now + 1_000_000)
        try await get(client)
        #expect(script.calls.count == 1)
    }

    @Test func askedAgainWhenExpired() async throws {
        let script = PluginScript(tokens: ["one", "two"], expiry: "2026-03-01T13:00:00+01:00")
        let clock = PluginClock(ObjectFixture.now - 20)
        let transport = ScriptedTransport { _ throws(HTTPTransportError) in .scripted(body: someObject) }
        let client = try KubeClient.fixture(host: script.host, time: clock.source) { _ in transport }
        try await get(client)
        clock.set(ObjectFixture.now)
        try await get(client)
        clock.set(ObjectFixture.now + 1)
        try await get(client)
        #expect(authorizations(transport) == ["Bearer one", "Bearer one", "Bearer two"])
    }

    @Test func askedAgainShortlyBeforeALongLifeEnds() async throws {
        let script = PluginScript(tokens: ["one", "two"], expiry: "2026-03-01T13:00:00+01:00")
        let clock = PluginClock(ObjectFixture.now - 900)
        let transport = ScriptedTransport { _ throws(HTTPTransportError) in .scripted(body: someObject) }
        let client = try KubeClient.fixture(host: script.host, time: clock.source) { _ in transport }
        try await get(client)
        clock.set(ObjectFixture.now - 10)
        try await get(client)
        clock.set(ObjectFixture.now - 9)
        try await get(client)
        #expect(authorizations(transport) == ["Bearer one", "Bearer one", "Bearer two"])
    }

    @Test func readIsSentAgainAfter401() async throws {
        let script = PluginScript(tokens: ["one", "two"])
        let transport = server(accepting: "two")
        let client = try KubeClient.fixture(host: script.host) { _ in transport }
        try await get(client)
        try await get(client)
        #expect(authorizations(transport) == ["Bearer one", "Bearer two", "Bearer two"])
    }

    @Test func patchIsSentAgainAfter401() async throws {
        let script = PluginScript(tokens: ["one", "two"])
        let transport = server(accepting: "two")
        let client = try KubeClient.fixture(host: script.host) { _ in transport }
        _ = try await client.patch(
            replicaSets, namespace: "shop", name: "web", body: Array("{}".utf8), fieldManager: "test")
        #expect(transport.requests.map(\.method) == [.patch, .patch])
        #expect(transport.requests.map(\.body) == [Array("{}".utf8), Array("{}".utf8)])
    }

    /// The caller may have lost leadership while the plugin was running.
    @Test(arguments: [1, 2]) func patchIsNotSentWhenItIsOvertaken(byRun run: Int) async throws {
        let script = PluginScript(tokens: ["one", "two"])
        let transport = server(accepting: "two")
        let client = try KubeClient.fixture(host: script.host) { _ in transport }
        await #expect(throws: KubeError.overtaken) {
            try await client.patch(
                replicaSets, namespace: "shop", name: "web", body: [], fieldManager: "test",
                isStillWanted: { script.calls.count < run })
        }
        #expect(script.calls.count == run && transport.requests.count == run - 1)
    }

    @Test func onceOnly() async throws {
        let script = PluginScript(tokens: ["one", "two", "three"])
        let transport = server(accepting: "never")
        let client = try KubeClient.fixture(host: script.host) { _ in transport }
        await #expect(throws: KubeError.self) { try await get(client) }
        #expect(authorizations(transport) == ["Bearer one", "Bearer two"])
        await #expect(throws: KubeError.self) { try await get(client) }
        #expect(authorizations(transport).suffix(2) == ["Bearer two", "Bearer three"])
    }

    /// Without a plugin there is no new credential, so a 401 is final.
    @Test func staticTokenIsNotSentAgain() async throws {
        let transport = server(accepting: "other")
        let connection = ClusterConnection(
            clusterName: "cl", server: try ServerURL(parsing: "https://h"), credential: .token(Secret("one")))
        let client = KubeClient(
            connection: connection, transport: transport, environment: .fixture(), time: PluginClock().source,
            userAgent: "test")
        await #expect(throws: KubeError.self) { try await get(client) }
        #expect(transport.requests.count == 1)
    }

    @Test func parallelRequestsShareARun() async throws {
        let runs = Mutex(0)
        let host = PluginHost(isInputTerminal: false) { _ async throws(PluginFailure) in
            let run = runs.withLock { runs in
                runs += 1
                return runs
            }
            for _ in 0..<100 { await Task.yield() }
            return .answer(status: ["token": run == 1 ? "old" : "new"])
        }
        let transport = server(accepting: "new")
        let client = try KubeClient.fixture(host: host) { _ in transport }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 { group.addTask { try await get(client) } }
            try await group.waitForAll()
        }
        #expect(runs.withLock { $0 } == 2)
    }

    @Test func anotherCertificateTakesAnotherTransport() async throws {
        let begin = "-----BEGIN CERTIFICATE-----"
        func answer(_ certificate: String) -> PluginResult {
            .answer(
                status: [
                    "clientCertificateData": begin + certificate, "clientKeyData": "-----BEGIN PRIVATE KEY-----",
                    "expirationTimestamp": "2026-03-01T12:00:00Z",
                ])
        }
        let script = PluginScript([answer("one"), answer("one"), answer("two")])
        let clock = PluginClock(ObjectFixture.now + 1)
        let made = Mutex<[String]>([])
        let client = try KubeClient.fixture(host: script.host, time: clock.source) { configuration in
            let certificate = configuration.clientIdentity.map { String(decoding: $0.certificate, as: UTF8.self) }
            made.withLock { $0.append(certificate ?? "none") }
            return ScriptedTransport { request throws(HTTPTransportError) in
                #expect(request.headers["Authorization"] == nil)
                return .scripted(body: someObject)
            }
        }
        for _ in 0..<3 { try await get(client) }
        #expect(made.withLock { $0 } == [begin + "one", begin + "two"])
    }
}

struct SharedRunTests {
    private struct Gate {
        let stream: AsyncStream<Void>
        let opener: AsyncStream<Void>.Continuation

        init() {
            (stream, opener) = AsyncStream.makeStream()
        }

        /// - Throws: ``KubeError/cancelled`` if the waiting task is cancelled.
        func wait() async throws(KubeError) {
            for await _ in stream {}
            if Task.isCancelled { throw .cancelled }
        }
    }

    private func run(_ shared: SharedRun<Int>, _ work: @escaping @Sendable () async throws(KubeError) -> Int) -> Task<
        Result<Int, KubeError>, Never
    > {
        // Runs up to its first suspension before it returns, which fixes the order.
        Task.immediate {
            do throws(KubeError) {
                return .success(try await shared.result(work))
            } catch {
                return .failure(error)
            }
        }
    }

    @Test(arguments: [.success(1), .failure(.credential(reason: "no"))] as [Result<Int, KubeError>])
    func waitersShareTheResult(result: Result<Int, KubeError>) async {
        let shared = SharedRun<Int>()
        let gate = Gate()
        let first = run(shared) { () async throws(KubeError) in
            try await gate.wait()
            return try result.get()
        }
        let others = (0..<8).map { _ in run(shared) { 2 } }
        gate.opener.finish()
        #expect(await first.value == result)
        for other in others { #expect(await other.value == result) }
        #expect(await run(shared) { 3 }.value == .success(3))
    }

    @Test func anotherTakesOverFromTheCancelled() async {
        let shared = SharedRun<Int>()
        let gate = Gate()
        let first = run(shared) { () async throws(KubeError) in
            try await gate.wait()
            return 1
        }
        let runs = Counter()
        let others = (0..<8).map { _ in run(shared) { runs.next() } }
        first.cancel()
        #expect(await first.value == .failure(.cancelled))
        for other in others { #expect((try? await other.value.get()) != nil) }
        #expect(runs.next() >= 2)
    }

    @Test func cancelledWaiterLeavesAtOnce() async {
        let shared = SharedRun<Int>()
        let gate = Gate()
        let first = run(shared) { () async throws(KubeError) in
            try await gate.wait()
            return 1
        }
        let waiter = run(shared) { 2 }
        waiter.cancel()
        #expect(await waiter.value == .failure(.cancelled))
        gate.opener.finish()
        #expect(await first.value == .success(1))
    }
}

private final class Counter: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1
            return count
        }
    }
}
