import Formats
import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

@Suite struct CancelAndFollowTests {
    private let asked = ObjectFixture.rollout(spec: ["restartAt": ObjectFixture.ago(0)])

    @Test func aPendingRestartIsTakenBack() async throws {
        let bench = Bench([asked])
        let outcome = await RestartRollouts(bench.api, rule: HealRule()).cancel(
            RolloutID(namespace: "shop", name: "web"))
        #expect(outcome.result == .cancelled)
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt == nil)
        let again = await RestartRollouts(bench.api, rule: HealRule()).cancel(RolloutID(namespace: "shop", name: "web"))
        if case .skipped(let skip) = again.result { #expect(skip.why == "no restart is pending") }
        #expect(bench.patches.count == 1)
    }

    @Test func aCancelThatLandsLateIsOurs() async throws {
        let held = Mutex<HTTPRequest?>(nil)
        let patches = Counter()
        let bench = Bench([asked]) { request, cluster in
            guard request.method == .patch else { return nil }
            if patches.next() == 0 {
                held.withLock { $0 = request }
                return .failure(.connectionLost("EOF"))
            }
            if let first = held.withLock({ $0 }) { _ = cluster.answer(first) }
            return nil
        }
        let outcome = await RestartRollouts(bench.api, rule: HealRule()).cancel(
            RolloutID(namespace: "shop", name: "web"))
        #expect(outcome.result == .cancelled && bench.patches.count == 2)
    }

    @Test func whatKeepsItFromBeingTakenBackIsSaid() async throws {
        let bench = Bench([asked]) { request, _ in
            request.method == .patch ? .success(FakeCluster.failure(500, "InternalError", "etcd is gone")) : nil
        }
        let outcome = await RestartRollouts(bench.api, rule: HealRule()).cancel(
            RolloutID(namespace: "shop", name: "web"))
        let status = APIStatus(code: 500, reason: "InternalError", message: "etcd is gone")
        #expect(outcome.result == .failed(.api(.status(status))))
        #expect(bench.patches.count == 5 && bench.time.elapsed >= .seconds(4))
        let dry = await RestartRollouts(bench.api, rule: HealRule(), dryRun: .server)
            .cancel(RolloutID(namespace: "shop", name: "web"))
        #expect(dry.result == .failed(.api(.status(status))) && bench.patches.count == 6)
    }

    private func follow(_ bench: Bench, seconds: Int64 = 60) async throws -> FollowOutcome.Result? {
        let outcome = Mutex<FollowOutcome.Result?>(nil)
        let restart = FollowRestarts.Restart(
            RolloutID(namespace: "shop", name: "web"), restartAt: Timestamp(secondsSince1970: ObjectFixture.now))
        try await FollowRestarts(bench.api, timeout: .seconds(seconds)).follow([restart]) { followed in
            outcome.withLock { $0 = followed.result }
        }
        return outcome.withLock { $0 }
    }

    @Test func restartedAndHealthyIsRecovered() async throws {
        let looks = Counter()
        let bench = Bench([asked]) { _, cluster in
            let look = looks.next()
            if look == 2 { cluster.change("rollouts", "shop/web", ["status": ["restartedAt": ObjectFixture.ago(0)]]) }
            if look == 4 { cluster.change("rollouts", "shop/web", ["status": ["phase": "Healthy"]]) }
            return nil
        }
        guard case .recovered? = try await follow(bench) else {
            Issue.record("it is not seen to recover")
            return
        }
        #expect(bench.cluster.requests.count == 5)
    }

    @Test func healthyAloneIsNotRestarted() async throws {
        let bench = Bench([asked.merging(["status": ["phase": "Healthy"]])])
        #expect(try await follow(bench) == .takenBack)
        #expect(bench.time.elapsed == .seconds(60))
    }

    /// Progress restarts the time limit, but not for ever.
    @Test(arguments: [5, 10_000]) func whatProgressesIsFollowed(changes: Int) async throws {
        let looks = Counter()
        let bench = Bench([asked]) { request, cluster in
            let look = looks.next()
            if request.method == .get, look < changes {
                cluster.change("rollouts", "shop/web", ["status": ["availableReplicas": look % 5 + 1]])
                cluster.change("replicasets", "shop/web-7d9f5c", ["status": ["availableReplicas": look % 5 + 1]])
            }
            return nil
        }
        guard case .notRecovered(let why)? = try await follow(bench) else {
            Issue.record("it was taken back though pods have moved")
            return
        }
        #expect(why.hasPrefix("the restart was not carried out"))
        #expect(bench.time.elapsed > .seconds(60) && bench.time.elapsed <= .seconds(12 * 60))
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt != nil)
    }

    @Test func whatCanNoLongerSucceedEndsAtOnce() async throws {
        let changed = Bench([.rollout(spec: ["restartAt": ObjectFixture.ago(-5)])])
        guard case .notRecovered(let why)? = try await follow(changed) else { return }
        #expect(why.hasPrefix("spec.restartAt was changed"))
        let deleted = Bench([])
        #expect(try await follow(deleted) == .notRecovered(why: "it was deleted"))
        #expect(changed.time.elapsed == .zero && deleted.time.elapsed == .zero)
    }

    @Test func anAnswerThatMakesNoSenseIsNoEnd() async throws {
        let looks = Counter()
        let bench = Bench([asked]) { _, cluster in
            if looks.next() < 2 { return .success(FakeCluster.json(Array("{\"kind\":\"Rollout\"}".utf8))) }
            cluster.change(
                "rollouts", "shop/web", ["status": ["restartedAt": ObjectFixture.ago(0), "phase": "Healthy"]])
            return nil
        }
        guard case .recovered? = try await follow(bench) else {
            Issue.record("it was given up")
            return
        }
    }

    @Test func noLookOutlastsTheTimeThatIsLeft() async throws {
        let bench = Bench([asked])
        _ = try await follow(bench, seconds: 12)
        let bounds = bench.cluster.requests.compactMap(\.timeout)
        // The last reads get the remaining time, and a read at the end is not waited for longer.
        #expect(bounds.count >= 3 && bounds.first == .seconds(10) && bounds.allSatisfy { $0 <= .seconds(10) })
        #expect(bounds.contains { $0 <= .seconds(5) })
    }

    @Test func aServerThatIsAwayForAWhileIsNoFailure() async throws {
        let looks = Counter()
        let bench = Bench([asked]) { _, cluster in
            if looks.next() < 3 { return .failure(.connectionRefused(host: "h", port: 443)) }
            cluster.change(
                "rollouts", "shop/web", ["status": ["restartedAt": ObjectFixture.ago(0), "phase": "Healthy"]])
            return nil
        }
        guard case .recovered? = try await follow(bench) else {
            Issue.record("it was given up")
            return
        }
    }
}
