import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

@Suite struct BusyServerTests {
    @Test func aBusyServerIsWaitedForAndEverythingIsReadAgain() async throws {
        let refusals = Counter()
        func bench(_ meanwhile: [String: Any]) -> Bench {
            let written = [ObjectFixture.written("f:status", 0)]
            let status = ObjectFixture(["status": meanwhile, "metadata": ["managedFields": written]])
            return Bench([.rollout()]) { request, cluster in
                guard request.method == .patch, refusals.next() % 2 == 0 else { return nil }
                cluster.change("replicasets", "shop/web-7d9f5c", status.fields)
                return .success(FakeCluster.failure(429, "TooManyRequests", "later", headers: [("Retry-After", "7")]))
            }
        }
        let well = bench([:])
        guard case .restarted? = try await well.restart()["web"] else {
            Issue.record("it was not restarted")
            return
        }
        #expect(well.time.sleeps == [.seconds(7)] && well.patches.count == 2)
        let dying = bench(["availableReplicas": 1])
        #expect(try await dying.restart()["web"]?.skipped == "unsettled")
        #expect(dying.patches.count == 2 - 1)
    }

    @Test func theTimeForARequestBoundsWhatABusyServerIsWaitedFor() async throws {
        let bench = Bench([.rollout()], requestTimeout: .seconds(5)) { request, _ in
            request.method == .patch
                ? .success(FakeCluster.failure(429, "TooManyRequests", "later", headers: [("Retry-After", "60")])) : nil
        }
        guard case .failed(.api(.status))? = try await bench.restart()["web"] else {
            Issue.record("it did not fail")
            return
        }
        #expect(bench.patches.count == 1 && bench.time.sleeps.isEmpty)
    }

    /// The outcome is unknown; and the server is not asked for it before it wants to be asked.
    @Test func anUnavailableServersPauseIsKeptBeforeTheOutcomeIsRead() async throws {
        let refusals = Counter()
        let reads = Mutex<[Duration]>([])
        let time = ManualTime()
        let bench = Bench([.rollout()], time: time) { request, _ in
            if request.method == .get, request.url.contains("/rollouts/") { reads.withLock { $0.append(time.elapsed) } }
            guard request.method == .patch, refusals.next() == 0 else { return nil }
            reads.withLock { $0 = [] }
            return .success(FakeCluster.failure(503, "ServiceUnavailable", "later", headers: [("Retry-After", "9")]))
        }
        guard case .restarted? = try await bench.restart()["web"] else {
            Issue.record("it was not restarted")
            return
        }
        #expect(bench.patches.count == 2)
        #expect(try #require(reads.withLock { $0.first }) >= .seconds(9))
    }

    @Test func aServerThatStaysBusyIsReported() async throws {
        let bench = Bench([.rollout()]) { request, _ in
            request.method == .patch
                ? .success(FakeCluster.failure(429, "TooManyRequests", "later", headers: [("Retry-After", "1")])) : nil
        }
        guard case .failed(.api(.status(let status)))? = try await bench.restart()["web"] else {
            Issue.record("it did not fail")
            return
        }
        #expect(status.code == 429 && bench.patches.count == 10)
    }
}
