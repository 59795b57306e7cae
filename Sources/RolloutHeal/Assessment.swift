package import Formats
package import Rollouts

/// The result of judging one Rollout: everything that is shown of it.
package struct Assessment: OfRollout, Sendable, Equatable {
    package struct Replicas: Sendable, Equatable {
        package var desired: Int64
        /// From the live current ReplicaSet; nil if it was not read or does not exist.
        package var ready: Int64?
        package var available: Int64?
        /// The pods of all owned ReplicaSets; nil if they were not read.
        package var total: Int64?
    }

    package var id: RolloutID
    package var uid: String?
    package var strategy: Rollout.StrategyKind?
    package var health: Health
    /// Nil without a diagnosis.
    package var verdict: Verdict?
    /// Every gate of a restart in order, after one evidence read; empty without a diagnosis.
    package var gates: [Reading]
    /// Whether `list` shows it without `--all`.
    package var needsAttention: Bool
    /// The diagnosis in one sentence.
    package var explanation: String?
    package var since: Timestamp?
    package var replicas: Replicas
    /// The belief in `status` compared with the evidence, as far as both are known.
    package var equations: [Equation]
    package var action: Action
    package var refreshedAt: Timestamp?
    package var podHash: String?
    package var restartAt: Timestamp?
    package var restartedAt: Timestamp?
    /// The number of restarts that did not help, for this pod template; nil if the label is malformed.
    package var restarts: Int?
    /// Whether reading ReplicaSets is forbidden.
    package var lacksEvidence: Bool

    init(
        _ rollout: Rollout, _ evidence: Evidence, by rule: HealRule, now: Timestamp, absentTimes: AbsentTimes = .young
    ) {
        let current = evidence.current(of: rollout)
        id = RolloutID(rollout)
        uid = rollout.metadata.uid
        strategy = rollout.strategy
        verdict = rule.verdict(on: rollout, evidence, now: now, absentTimes: absentTimes)
        gates = verdict.map { rule.readings(of: rollout, $0.diagnosis, evidence, now: now) } ?? []
        health = rollout.health
        needsAttention = rollout.needsAttention(verdict?.diagnosis)
        explanation = verdict.map { rollout.explanation(of: $0.diagnosis, evidence, now: now) }
        let isDegraded = rollout.health.phase == Health.degraded
        since =
            verdict?.diagnosis.isControllersView == true && !isDegraded
            ? evidence.lastWritten(rollout).moment ?? rollout.since : rollout.since
        let owned = evidence.ownedReplicaSets(of: rollout)
        replicas = Replicas(
            desired: rollout.desiredReplicas, ready: current.map { $0.status.readyReplicas ?? 0 },
            available: current.map { $0.status.availableReplicas ?? 0 },
            total: owned.isEmpty ? nil : owned.reduce(0) { $0 &+ ($1.status.replicas ?? 0) })
        equations = rollout.equations(evidence)
        action = rollout.action(for: verdict?.diagnosis, evidence, now: now)
        refreshedAt = rollout.latestMark(evidence, now: now)?.time
        podHash = rollout.podHash
        restartAt = rollout.restartAt
        restartedAt = rollout.restartedAt
        restarts =
            switch Attempts(of: rollout, now: now) {
            case .count(let count): count
            case .malformed: nil
            }
        lacksEvidence = evidence == .forbidden
    }
}
