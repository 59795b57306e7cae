import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// A list that takes long: its Rollouts are older than their evidence, and their controller has seen more since.
@Suite(.timeLimit(.minutes(1))) struct SlowListTests {
    private static let after = ObjectFixture.rollout(
        spec: ["replicas": 7], status: ["phase": "Healthy", "message": Null.value])
    /// Scaled to 7, which has not arrived in the status.
    private static let before = after.merging([
        "status": ["replicas": 5, "updatedReplicas": 5, "readyReplicas": 5, "availableReplicas": 5, "HPAReplicas": 5]
    ])

    /// Seven pods, which were made `seconds` before the list was asked for; after it, if negative.
    private static func replicaSet(_ seconds: Int64) -> ObjectFixture {
        ObjectFixture.replicaSet(pods: 7).merging([
            "metadata": ["managedFields": [ObjectFixture.written("f:status", seconds)]]
        ])
    }

    /// A cluster whose list takes `duration`; then `stored` is stored.
    private static func bench(
        _ duration: Duration, _ set: ObjectFixture, before: ObjectFixture = before, stored: ObjectFixture?,
        on kind: String = "/rollouts?"
    ) -> Bench {
        let time = ManualTime()
        return Bench([before], replicaSets: [set], time: time) { request, cluster in
            var answer = cluster.answer(request)
            answer.headers = ["Content-Type": "application/json"]  // no Date, which would stand still
            guard request.url.contains(kind), !request.url.contains("fieldSelector") else { return .success(answer) }
            time.pass(duration)
            if let stored { cluster.put(stored, as: "rollouts") } else { cluster.remove("rollouts", "shop/web") }
            return .success(answer)
        }
    }

    private func words(_ bench: Bench, _ scope: Scope = Scope(namespace: nil)) async throws -> [String?] {
        let result = try await ListRollouts(bench.api, rule: HealRule()).list(scope)
        #expect(result.failures.isEmpty)
        return result.found.map { $0.verdict?.word }
    }

    private func requests(_ bench: Bench) -> [Int] {
        ["rollouts", "replicasets"].map { bench.cluster.requests(.get, $0).count }
    }

    @Test(arguments: [(40, Int64(-20)), (40, 60), (14, 3)])
    func whatItsControllerHasSeenSinceIsNotStale(duration: Int, written: Int64) async throws {
        let bench = Self.bench(.seconds(duration), Self.replicaSet(written), stored: Self.after)
        #expect(try await words(bench).isEmpty)
        #expect(requests(bench) == [2, 2])
    }

    @Test func whatIsStillSoIsStale() async throws {
        let bench = Self.bench(.seconds(40), Self.replicaSet(-20), stored: Self.before)
        #expect(try await words(bench) == ["stale"])
        #expect(requests(bench) == [2, 2])
    }

    @Test func whatIsGoneIsNotShown() async throws {
        #expect(try await words(Self.bench(.seconds(40), Self.replicaSet(-20), stored: nil)).isEmpty)
    }

    /// It becomes old enough for `stale` only while its evidence is read again.
    @Test func whatWasUnsettledIsReadAgainBeforeItIsStale() async throws {
        let bench = Self.bench(.zero, Self.replicaSet(10), stored: Self.after)
        #expect(try await words(bench).isEmpty)
        #expect(bench.cluster.requests(.get, "rollouts").count == 2)
    }

    /// A ReplicaSet that lags its own generation stays unsettled, however old its Rollout is.
    @Test(arguments: [true, false]) func whatStaysUnsettledIsReadAgainAtTheEnd(isGone: Bool) async throws {
        let lagging = Self.replicaSet(60).merging([
            "metadata": ["generation": 3], "status": ["observedGeneration": 2],
        ])
        let degraded = ObjectFixture.rollout(spec: ["replicas": 7])
        let bench = Self.bench(.zero, lagging, before: degraded, stored: isGone ? nil : degraded)
        #expect(try await words(bench) == (isGone ? [] : ["unsettled"]))
        #expect(bench.cluster.requests(.get, "rollouts").count == 2)
    }

    @Test func aFastListAsksForNothingTwice() async throws {
        let bench = Self.bench(.seconds(5), Self.replicaSet(60), stored: Self.after)
        #expect(try await words(bench) == ["stale"])
        #expect(requests(bench) == [1, 1])
    }

    @Test func aNamedRolloutIsReadAgain() async throws {
        let bench = Self.bench(.seconds(40), Self.replicaSet(-20), stored: Self.after, on: "/rollouts/web")
        let shown = try await words(bench, Scope(namespace: "shop", names: ["web"]))
        #expect(shown == [nil])
    }

    @Test(arguments: [(40, false), (5, true)]) func explainReadsAgain(duration: Int, isShown: Bool) async throws {
        let bench = Self.bench(.seconds(duration), Self.replicaSet(60), stored: Self.after)
        let result = try await ExplainRollouts(bench.api, rule: HealRule()).explain(Scope(namespace: nil))
        #expect(result.found.map { $0.assessment.verdict?.word } == (isShown ? ["stale"] : []))
        #expect(result.failures.isEmpty)
        #expect(bench.cluster.requests(.get, "rollouts").count == (isShown ? 1 : 2))
    }
}
