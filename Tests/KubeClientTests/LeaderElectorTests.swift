import Foundation
import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

/// Called before each request; a non-nil result replaces the store's response.
private typealias Hook = @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse?

private final class Reports: Sendable {
    private let list = Mutex<[LeaderElector.Change]>([])

    var all: [LeaderElector.Change] { list.withLock { $0 } }

    func add(_ change: LeaderElector.Change) { list.withLock { $0.append(change) } }
}

/// An elector with a Lease in memory, and its reports.
private struct Bench {
    let store: LeaseStore
    let time: ManualTime
    let transport: ScriptedTransport
    let elector: LeaderElector
    let reports = Reports()

    init(
        store: LeaseStore = LeaseStore(), time: ManualTime = ManualTime(), source: TimeSource? = nil,
        before: @escaping Hook = { _ throws(HTTPTransportError) in nil }
    ) {
        self.store = store
        self.time = time
        transport = ScriptedTransport { request async throws(HTTPTransportError) in
            if let answer = try await before(request) { return answer }
            return store.answer(request)
        }
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: HostEnvironment(
                variables: [:], workingDirectory: "/",
                readFile: { _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "") }),
            time: source ?? time.source, userAgent: "test/1")
        elector = LeaderElector(
            client: client, place: .init(namespace: "ops", name: "healer"), identity: "me", fieldManager: "test")
    }

    /// Takes the given number of steps; a sleep counts as one.
    func act(_ steps: Int) async {
        for _ in 0..<steps { _ = await elector.act(reports.add) }
    }

    func sleep(_ duration: Duration) async {
        try? await time.source.sleep(duration)
    }

    var methods: [HTTPRequest.Method] { transport.requests.map(\.method) }
}

@Suite struct LeaderElectorTests {
    private let base = "https://h/apis/coordination.k8s.io/v1/namespaces/ops/leases"

    @Test func anAbsentLeaseIsCreatedAndRenewed() async {
        let bench = Bench()
        await bench.act(2)
        #expect(bench.elector.isLeader && bench.reports.all == [.holder("me"), .acquired])
        await bench.act(4)
        #expect(bench.methods == [.get, .post, .put, .put])
        #expect(bench.time.sleeps == [.seconds(2), .seconds(2)])
        #expect(bench.reports.all.count == 2)
        #expect(bench.store.spec["leaseDurationSeconds"] as? Int == 15)
        #expect(bench.store.spec["leaseTransitions"] as? Int == 0)
        #expect(bench.store.spec["acquireTime"] as? String == "2026-03-01T12:00:00.000001Z")
        // By the server's clock: noon at the last response, two seconds ago.
        #expect(bench.store.spec["renewTime"] as? String == "2026-03-01T12:00:02.000003Z")
        #expect(
            bench.transport.requests.map(\.url) == [
                base + "/healer?timeout=5s", base + "?fieldManager=test&timeout=5s",
                base + "/healer?fieldManager=test&timeout=5s", base + "/healer?fieldManager=test&timeout=5s",
            ])
        #expect(bench.transport.requests.allSatisfy { $0.timeout == .seconds(5) })
    }

    @Test func whatOthersKeepInTheLeaseStays() async {
        let bench = Bench()
        bench.store.put(
            spec: ["holderIdentity": "", "future": ["a": 1]],
            metadata: ["labels": ["a": "b"], "finalizers": ["f"], "annotations": ["x": "y"]])
        await bench.act(4)
        #expect(bench.elector.isLeader && bench.methods == [.get, .put, .put])
        let metadata = bench.store.lease?.fields["metadata"] as? [String: Any]
        #expect(metadata?["labels"] as? [String: String] == ["a": "b"])
        #expect(metadata?["annotations"] as? [String: String] == ["x": "y"])
        #expect(metadata?["finalizers"] as? [String] == ["f"])
        #expect(bench.store.spec["future"] as? [String: Int] == ["a": 1])
    }

    @Test func anotherHolderIsTakenOverOnceItStopsRenewing() async {
        let store = LeaseStore()
        let time = ManualTime()
        let bench = Bench(store: store, time: time) { request throws(HTTPTransportError) in
            // Another process renews for ten seconds, then stops.
            if request.method == .get, time.elapsed <= .seconds(10) {
                store.put(spec: [
                    "holderIdentity": "other", "leaseDurationSeconds": 20, "renewTime": "\(time.elapsed)",
                    "leaseTransitions": 7,
                ])
            }
            return nil
        }
        while !bench.elector.isLeader, time.elapsed < .seconds(99) { await bench.act(1) }
        #expect(time.elapsed == .seconds(30))
        #expect(bench.reports.all == [.holder("other"), .holder("me"), .acquired])
        #expect(store.spec["leaseTransitions"] as? Int == 8)
    }

    @Test func aRaceLostIsNoTrouble() async {
        let store = LeaseStore()
        let bench = Bench(store: store) { request throws(HTTPTransportError) in
            if request.method != .get { store.put(spec: ["holderIdentity": "other", "leaseDurationSeconds": 15]) }
            return nil
        }
        await bench.act(5)
        #expect(bench.methods == [.get, .post, .get])
        #expect(!bench.elector.isLeader && bench.reports.all == [.holder("other")])
        #expect(store.holder == "other")
    }

    /// While a request hangs and nothing else runs, `isLeader` still ends in time.
    @Test func leadershipEndsInTimeWhileARequestHangs() async {
        let time = ManualTime()
        let elector = Mutex<LeaderElector?>(nil)
        let seen = Mutex<[Bool]>([])
        let bench = Bench(time: time) { request throws(HTTPTransportError) in
            guard request.method == .put else { return nil }
            for _ in 0..<100 {
                seen.withLock { $0.append(elector.withLock { $0?.isLeader ?? false }) }
                try? await time.source.sleep(.milliseconds(100))
            }
            throw .timedOut(during: "waiting for the response")
        }
        elector.withLock { $0 = bench.elector }
        await bench.act(4)
        // Acquired at 0, first asked at 2.
        #expect(seen.withLock { $0 } == (0..<100).map { $0 < 80 })
        #expect(bench.reports.all.suffix(2).contains(.lost))
    }

    @Test func aLeaderThatIsRefusedGivesUpAtTheDeadlineAndComesBack() async throws {
        let time = ManualTime()
        let isDown = Atomic(false)
        let bench = Bench(time: time) { _ throws(HTTPTransportError) in
            isDown.load(ordering: .relaxed) ? FakeCluster.failure(503, "ServiceUnavailable", "down") : nil
        }
        await bench.act(2)
        isDown.store(true, ordering: .relaxed)
        while bench.elector.isLeader, time.elapsed < .seconds(60) { await bench.act(1) }
        #expect(time.elapsed == .seconds(10))
        await bench.act(40)
        isDown.store(false, ordering: .relaxed)
        await bench.act(4)
        #expect(bench.elector.isLeader)
        let down = APIStatus(code: 503, reason: "ServiceUnavailable", message: "down")
        #expect(
            bench.reports.all == [.holder("me"), .acquired, .trouble(.status(down)), .lost, .acquired])
    }

    @Test func noRequestOfALeaderOutlivesItsTime() async {
        let time = ManualTime()
        let bench = Bench(time: time) { request throws(HTTPTransportError) in
            guard request.method == .put || time.elapsed > .zero else { return nil }
            try? await time.source.sleep(request.timeout ?? .seconds(99))
            throw .timedOut(during: "waiting for the response")
        }
        await bench.act(5)
        // A renewal from 2 to 7, a read from 7 to 10, then leadership is lost.
        #expect(bench.transport.requests.suffix(2).map(\.timeout) == [.seconds(5), .seconds(3)])
        #expect(time.elapsed == .seconds(10) && !bench.elector.isLeader)
        #expect(bench.reports.all.last == .lost)
    }

    @Test func eachTroubleIsToldOnceUntilARoundSucceeds() async {
        let phase = Atomic(0)
        let bench = Bench { request throws(HTTPTransportError) in
            switch phase.load(ordering: .relaxed) {
            case 0: throw .connectionRefused(host: "h", port: 443)
            case 1 where request.method != .get: return FakeCluster.failure(403, "Forbidden", "no")
            default: return nil
            }
        }
        await bench.act(20)
        phase.store(1, ordering: .relaxed)
        await bench.act(30)
        #expect(bench.reports.all.count == 2)
        phase.store(2, ordering: .relaxed)
        await bench.act(3)
        #expect(bench.elector.isLeader)
        phase.store(0, ordering: .relaxed)
        await bench.act(20)
        let refused = KubeError.transport(.connectionRefused(host: "h", port: 443), server: "h:443")
        let forbidden = KubeError.status(APIStatus(code: 403, reason: "Forbidden", message: "no"))
        #expect(
            bench.reports.all == [
                .trouble(refused), .trouble(forbidden), .holder("me"), .acquired, .trouble(refused), .lost,
            ])
        #expect(Set(bench.time.sleeps) == [.seconds(1), .seconds(2)])
    }

    @Test(arguments: ["", "[]", "{}", "{\"metadata\":{\"resourceVersion\":\"1\"},\"spec\":{\"holderIdentity\":7}}"])
    func anAnswerThatIsNoLeaseIsNeverClaimed(_ body: String) async {
        let bench = Bench { _ throws(HTTPTransportError) in .scripted(body: body) }
        await bench.act(9)
        #expect(Set(bench.methods) == [.get])
        #expect(bench.reports.all.count == 1)
    }

    @Test func aDeletedLeaseIsMadeAgain() async {
        let bench = Bench()
        await bench.act(3)
        bench.store.remove()
        await bench.act(3)
        #expect(bench.elector.isLeader && bench.methods == [.get, .post, .put, .get, .post])
    }

    /// Cancelling a sleep ends the loop; here the first sleep as leader.
    @Test func leadGoesOnUntilItIsCancelled() async {
        let time = ManualTime()
        var source = time.source
        source.sleep = { duration throws(CancellationError) in
            if time.elapsed >= .seconds(6) { throw CancellationError() }
            try await time.source.sleep(duration)
        }
        let bench = Bench(time: time, source: source)
        await bench.elector.lead(onChange: bench.reports.add)
        #expect(bench.methods == [.get, .post, .put, .put, .put])
        #expect(bench.elector.isLeader && bench.store.holder == "me")
    }
}

@Suite struct ReleaseTests {
    @Test func theLeaseIsGivenBack() async throws {
        let bench = Bench()
        await bench.act(2)
        try await bench.elector.release()
        #expect(!bench.elector.isLeader)
        #expect(bench.store.holder == "" && bench.store.spec["holderIdentity"] != nil)
        #expect(bench.store.spec["leaseDurationSeconds"] as? Int == 1)
        #expect(bench.store.spec["leaseTransitions"] as? Int == 0)
        #expect(bench.transport.requests.suffix(2).allSatisfy { $0.timeout == .seconds(2) })
        // The loop ends by itself.
        await bench.elector.lead(onChange: bench.reports.add)
        #expect(bench.reports.all == [.holder("me"), .acquired, .lost] && bench.methods.count == 4)
    }

    @Test func oneOfAnothersStays() async throws {
        let bench = Bench()
        bench.store.put(spec: ["holderIdentity": "other", "leaseDurationSeconds": 15])
        await bench.act(2)
        try await bench.elector.release()
        #expect(bench.store.holder == "other" && Set(bench.methods) == [.get])
    }

    @Test func aWriteInBetweenIsReadAgain() async throws {
        let store = LeaseStore()
        let writes = Atomic(0)
        let bench = Bench(store: store) { request throws(HTTPTransportError) in
            guard request.method == .put, writes.wrappingAdd(1, ordering: .relaxed).oldValue == 0 else { return nil }
            store.put(spec: ["holderIdentity": "me", "leaseDurationSeconds": 15])
            return nil
        }
        await bench.act(2)
        try await bench.elector.release()
        #expect(bench.methods == [.get, .post, .get, .put, .get, .put] && store.holder == "")
    }

    @Test func itTakesTwoSecondsAtMost() async {
        let time = ManualTime()
        let bench = Bench(time: time) { request throws(HTTPTransportError) in
            guard time.elapsed > .zero else { return nil }
            try? await time.source.sleep(.milliseconds(700))
            if request.method == .put { return FakeCluster.failure(409, "Conflict", "always") }
            return nil
        }
        await bench.act(2)
        await bench.sleep(.seconds(1))
        await #expect(throws: KubeError.self) { try await bench.elector.release() }
        #expect(
            bench.transport.requests.suffix(3).map(\.timeout) == [.seconds(2), .milliseconds(1300), .milliseconds(600)])
        #expect(time.elapsed < .seconds(3.2) && !bench.elector.isLeader)
    }

    @Test func aRefusalIsTold() async {
        let time = ManualTime()
        let bench = Bench(time: time) { _ throws(HTTPTransportError) in
            if time.elapsed > .zero { throw .connectionRefused(host: "h", port: 443) }
            return nil
        }
        await bench.act(3)
        await #expect(throws: KubeError.self) { try await bench.elector.release() }
        #expect(!bench.elector.isLeader)
    }
}
