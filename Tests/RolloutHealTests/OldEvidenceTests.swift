import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// Outdated evidence is no reason for a restart.
@Suite struct OldEvidenceTests {
    private func bench(slowLooks: Int) -> Bench {
        let time = ManualTime()
        let looks = Counter()
        return Bench([.rollout()], time: time) { request, _ in
            if request.url.contains("replicasets"), looks.next() < slowLooks { time.pass(.seconds(31)) }
            return nil
        }
    }

    @Test func isReadAgain() async throws {
        let bench = bench(slowLooks: 2)
        guard case .restarted? = try await bench.restart()["web"] else {
            Issue.record("it was not restarted")
            return
        }
        #expect(bench.cluster.requests(.get, "replicasets").count == 3 && bench.patches.count == 1)
    }

    @Test func restartsNothingWhenThereIsNoOther() async throws {
        let bench = bench(slowLooks: .max)
        #expect(try await bench.restart()["web"] == .failed(.tooSlow(name: "web", limit: .seconds(30))))
        #expect(bench.cluster.requests(.get, "replicasets").count == 5 && bench.patches.isEmpty)
    }

    @Test func norIsAnythingWrittenByOneThatMayNot() async throws {
        let bench = Bench([.rollout()])
        let rollout = try await bench.api.rollout(namespace: "shop", name: "web")
        let restart = RestartRollouts(bench.api, rule: HealRule())
        guard case .again(let again) = try await restart.restart(rollout, askedAt: .zero, mayWrite: { false }) else {
            Issue.record("it was written")
            return
        }
        #expect(again.reason == .overtaken && again.sent == nil && bench.patches.isEmpty)
    }
}
