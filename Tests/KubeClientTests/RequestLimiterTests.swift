import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

private func client(
    _ transport: ScriptedTransport, _ time: TimeSource, perSecond: Double = 5, burst: Int = 2,
    requestTimeout: Duration? = nil
) -> KubeClient {
    var connection = ClusterConnection(clusterName: "c", server: ServerURL(host: "h"))
    connection.requestTimeout = requestTimeout
    return KubeClient(
        connection: connection, transport: transport,
        environment: HostEnvironment(variables: [:], workingDirectory: "/") {
            _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
        }, time: time, userAgent: "test/1", limiter: RequestLimiter(perSecond: perSecond, burst: burst))
}

private func answering() -> ScriptedTransport {
    ScriptedTransport { _ throws(HTTPTransportError) in .scripted(body: "{\"metadata\":{}}") }
}

@Suite struct RequestLimiterTests {
    @Test func turnsComeInOrderAfterTheBurst() {
        let limiter = RequestLimiter(perSecond: 5, burst: 2)
        let waits = (0..<4).map { _ in limiter.reserve(at: .zero) }
        #expect(waits == [.zero, .zero, .milliseconds(200), .milliseconds(400)])
        #expect(limiter.reserve(at: .seconds(1)) == .zero)
        let after = (0..<3).map { _ in limiter.reserve(at: .seconds(100)) }
        #expect(after == [.zero, .zero, .milliseconds(200)], "the burst is no more than 2, however long it was quiet")
        limiter.giveBack()
        #expect(limiter.reserve(at: .seconds(100)) == .milliseconds(200))
    }

    @Test func everyRequestWaitsButWatches() async throws {
        let time = ManualTime()
        let transport = answering()
        let client = client(transport, time.source)
        let watch = WatchOptions(namespace: nil, resourceVersion: "1", timeout: .seconds(1), stallTimeout: .seconds(1))
        for _ in 0..<50 { _ = try await client.watch(things, watch) }
        #expect(time.sleeps.isEmpty)
        _ = try await client.get(things, namespace: nil, name: "a")
        _ = try await client.patch(things, namespace: nil, name: "a", body: [], fieldManager: "m")
        #expect(time.sleeps.isEmpty)
        _ = try await client.create(things, namespace: nil, body: [], fieldManager: "m")
        _ = try await client.replace(things, namespace: nil, name: "a", body: [], fieldManager: "m")
        var objects = client.list(things, ListOptions(namespace: nil)).makeAsyncIterator()
        _ = try? await objects.next()
        #expect(time.sleeps == Array(repeating: .milliseconds(200), count: 3))
    }

    @Test func aTurnThatWasWaitedForIsNotWaitedForAgain() async throws {
        let time = ManualTime()
        let client = client(answering(), time.source, burst: 1)
        for _ in 0..<3 {
            let (ready, readyAt) = try await client.inTurn()
            #expect(readyAt == time.elapsed)
            _ = try await ready.get(things, namespace: nil, name: "a")
        }
        #expect(time.sleeps == [.milliseconds(200), .milliseconds(200)])
        let (ready, _) = try await client.inTurn()
        for _ in 0..<2 { _ = try await ready.get(things, namespace: nil, name: "a") }
        #expect(time.sleeps.count == 4, "the second request takes a turn of its own")
    }

    /// Its renewal would come too late behind a thousand reads.
    @Test func aLeaseWaitsForNobody() async throws {
        let time = ManualTime()
        let transport = ScriptedTransport { _ throws(HTTPTransportError) in FakeCluster.failure(404, "NotFound", "none")
        }
        let client = client(transport, time.source, perSecond: 0.1, burst: 1)
        let elector = LeaderElector(
            client: client, place: .init(namespace: "ns", name: "l"), identity: "me", fieldManager: "m")
        for _ in 0..<6 { _ = await elector.act { _ in } }
        #expect(transport.requests.count > 2)
        #expect(time.sleeps.allSatisfy { $0 < .seconds(5) }, "\(time.sleeps)")
    }

    @Test func aTurnAfterTheEndOfTheRequestTimeoutIsAnErrorAtOnce() async throws {
        let time = ManualTime()
        let transport = answering()
        let client = client(transport, time.source, perSecond: 0.1, burst: 1, requestTimeout: .seconds(3))
        _ = try await client.get(things, namespace: nil, name: "a")
        let error = await #expect(throws: KubeError.self) { try await client.get(things, namespace: nil, name: "a") }
        #expect(error?.message == "Unable to connect to the server: timed out while waiting for --qps")
        #expect(transport.requests.count == 1 && time.sleeps.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func whoIsCancelledLeavesItsTurnToOthers() async throws {
        let transport = answering()
        let (waits, wait) = AsyncStream.makeStream(of: Duration.self)
        let time = TimeSource(
            wallClock: { 0 }, uptime: { .zero },
            sleep: { duration throws(CancellationError) in
                wait.yield(duration)
                do { try await Task.sleep(for: .seconds(3600)) } catch { throw CancellationError() }
            }, random: { 0 })
        let client = client(transport, time, burst: 1)
        _ = try await client.get(things, namespace: nil, name: "a")
        var iterator = waits.makeAsyncIterator()
        for _ in 0..<3 {
            let waiting = Task { try await client.get(things, namespace: nil, name: "a") }
            #expect(await iterator.next() == .milliseconds(200))
            waiting.cancel()
            await #expect(throws: KubeError.cancelled) { try await waiting.value }
        }
        #expect(transport.requests.count == 1)
    }
}

@Suite struct AskedPauseOfWritesTests {
    /// In the header, or in the body's details; more than a minute is left to the caller.
    @Test(
        arguments: [
            (503, "7", "", 7),
            (500, nil, "{\"kind\":\"Status\",\"code\":500,\"details\":{\"retryAfterSeconds\":4}}", 4),
            (503, "61", "", nil), (503, nil, "", nil), (403, "7", "", nil),
        ] as [(Int, String?, String, Int?)])
    func thePauseOfAServerThatIsUnavailableIsToldToWhoPatches(
        status: Int, header: String?, body: String, pause: Int?
    ) async throws {
        let time = ManualTime()
        var answer = HTTPResponse.scripted(status, body: body)
        if let header { answer.headers.append("Retry-After", header) }
        let transport = ScriptedTransport(queue: [.success(answer)])
        let error = await #expect(throws: KubeError.self) {
            try await client(transport, time.source)
                .patch(things, namespace: nil, name: "a", body: [], fieldManager: "m")
        }
        #expect(error?.status?.retryAfter == pause.map { .seconds($0) })
        #expect(transport.requests.count == 1 && time.sleeps.isEmpty)
    }
}
