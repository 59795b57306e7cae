import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// If the current ReplicaSet cannot be written, nothing is restarted instead.
extension HealRolloutsTests {
    /// The label is written and does not help: nothing shows that the controller's view of the ReplicaSet was renewed.
    @Test(arguments: [(400, ""), (403, "Forbidden"), (500, "InternalError")])
    func whatAWebhookKeepsFromBeingRefreshedIsNotRestarted(code: Int, reason: String) async throws {
        let words =
            code == 500
            ? "Internal error occurred: failed calling webhook \"sets.policy.test\": connection refused"
            : "admission webhook \"sets.policy.test\" denied the request: no foreign annotations"
        let run = try await heal(
            .rollout(), Cure(onRestart: true),
            before: { request, _ in
                request.method == .patch && request.url.contains("/replicasets/")
                    ? .success(FakeCluster.failure(code, reason, words)) : nil
            })
        guard case .failed(.api(.status(let status))) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(status.message == words)
        #expect(run.outcome.writes?.hasLabel == true && run.outcome.writes?.failedOn == "replicasets/status")
        #expect(run.patches.allSatisfy { !$0.contains("restartAt") })
    }

    /// `restart` requires a refresh first, which is forbidden here.
    @Test func withoutTheRightNothingIsRestartedByHand() async throws {
        let bench = Bench([.rollout()], replicaSets: [.replicaSet()]) { request, _ in
            request.method == .patch && request.url.contains("/replicasets/")
                ? .success(FakeCluster.failure(403, "Forbidden", "replicasets is forbidden: User cannot patch")) : nil
        }
        var options = HealRollouts.Options()
        options.refreshOnly = true
        let outcome = try await bench.restart(refreshing: HealRollouts(bench.api, options))["web"]
        #expect(outcome == .denied(rights: ["replicasets/status"]))
        #expect(bench.patches.allSatisfy { !String(decoding: $0.body ?? [], as: UTF8.self).contains("restartAt") })
    }
}
