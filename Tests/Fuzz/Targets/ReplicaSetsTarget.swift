import Formats
import FoundationEssentials

@testable import Rollouts

extension Target {
    /// Any JSON as the ReplicaSet of a Rollout that is due: only enough live pods of its own prove that it is stuck.
    static let replicaSets = Target(name: "replicaset") { bytes in
        guard let found = try? JSONDecoder().decode(ReplicaSet.self, from: Data(bytes)),
            let rollout = try? JSONDecoder().decode(Rollout.self, from: Data(due.utf8))
        else { return }
        let verdict = HealRule(policy: .strict).verdict(
            on: rollout, .live([found]), now: Timestamp(secondsSince1970: 1_772_366_400))
        let restarts = planted(
            verdict?.restarts == true, as: true, where: found.isOwned(by: rollout) && found.status.replicas ?? 0 > 9)
        guard restarts else { return }
        precondition(found.podHash == "abc" && found.isOwned(by: rollout), "another's ReplicaSet proves it")
        precondition(found.status.availableReplicas ?? 0 >= 3, "too few pods prove it")
    }

    private static let due = """
        {"metadata":{"name":"web","uid":"u"},"spec":{"replicas":3,"strategy":{"canary":{}}},"status":{"phase":"Degraded",\
        "message":"ProgressDeadlineExceeded: x","currentPodHash":"abc","stableRS":"abc","replicas":3,"updatedReplicas":3,\
        "readyReplicas":3,"availableReplicas":3,"HPAReplicas":3}}
        """
}
