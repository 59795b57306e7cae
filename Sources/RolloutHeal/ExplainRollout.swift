package import Formats
package import Rollouts

/// One Rollout with all that its diagnosis and its gates rest on.
package struct ExplainRollout: Sendable {
    package struct Explanation: Sendable, Equatable {
        package var assessment: Assessment
        /// It is not where it was asked for.
        package var moved: MovedName?
        /// The live ReplicaSets that were read, the current one first; nil when they may not be read.
        package var replicaSets: [ReplicaSet]?
        /// Why pods are missing, where some are.
        package var pods: PodReport
        /// Every gate of a restart, in order; empty where nothing is the matter.
        package var gates: [Reading]
        /// The API server's time of all this.
        package var now: Timestamp
    }

    private let api: RolloutAPI
    private let rule: HealRule

    package init(_ api: RolloutAPI, rule: HealRule) {
        self.api = api
        self.rule = rule
    }

    package func explain(_ id: RolloutID) async throws(RolloutHealError) -> Explanation {
        let read = try await api.rollouts(named: Scope([id]), takesElsewhere: true)
        guard let rollout = read.found.first else { throw read.failures[0].error }
        let evidence = try await api.evidence(for: rollout, always: true)
        let now = api.now
        let assessment = Assessment(rollout, evidence, by: rule, now: now)
        var gates: [Reading] = []
        if let diagnosis = assessment.verdict?.diagnosis {
            let isDue = rule.policy != .rule && rule.restarts(diagnosis)
            let budgets = isDue ? try await api.budgets(namespace: RolloutID(rollout).namespace) : .notAsked
            gates = rule.readings(of: rollout, diagnosis, evidence, budgets, now: now)
        }
        let pods = try await api.podReport(of: rollout, evidence.current(of: rollout))
        return Explanation(
            assessment: assessment, moved: read.moved.first, replicaSets: Self.sorted(evidence, of: rollout),
            pods: pods, gates: gates, now: now)
    }

    private static func sorted(_ evidence: Evidence, of rollout: Rollout) -> [ReplicaSet]? {
        guard case .live(let all) = evidence else { return nil }
        return all.sorted { left, right in
            let isCurrent = (left.podHash == rollout.podHash, right.podHash == rollout.podHash)
            return isCurrent.0 != isCurrent.1 ? isCurrent.0 : left.metadata.name < right.metadata.name
        }
    }
}
