package import Formats
package import Rollouts

/// One Rollout with the evidence for its diagnosis and its gates.
package struct Explanation: Sendable, Equatable {
    package var assessment: Assessment
    /// The live ReplicaSets, the current one first; nil if they may not be read.
    package var replicaSets: [ReplicaSet]?
    /// Why pods are missing, if some are.
    package var pods: PodReport
    /// Every gate of a restart, in order; empty if nothing is the matter.
    package var gates: [Reading]
    /// The API server's time of the evidence.
    package var now: Timestamp

    /// The evidence for an explanation, without the Rollout.
    struct Grounds {
        var evidence: Evidence
        var budgets = Budgets.notAsked
        var pods: PodReport
        var absentTimes = AbsentTimes.young
    }

    init(_ rollout: Rollout, _ grounds: Grounds, rule: HealRule, now: Timestamp) {
        assessment = Assessment(rollout, grounds.evidence, by: rule, now: now, absentTimes: grounds.absentTimes)
        replicaSets = Self.sorted(grounds.evidence, of: rollout)
        pods = grounds.pods
        gates =
            assessment.verdict.map {
                rule.readings(of: rollout, $0.diagnosis, grounds.evidence, grounds.budgets, now: now)
            } ?? []
        self.now = now
    }

    private static func sorted(_ evidence: Evidence, of rollout: Rollout) -> [ReplicaSet]? {
        guard case .live(let all) = evidence else { return nil }
        return all.sorted { left, right in
            let isCurrent = (left.podHash == rollout.podHash, right.podHash == rollout.podHash)
            return isCurrent.0 != isCurrent.1 ? isCurrent.0 : left.metadata.name < right.metadata.name
        }
    }
}
