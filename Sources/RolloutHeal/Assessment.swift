package import Formats
package import Rollouts

/// One Rollout as it was judged: everything that is shown of it, and nothing else of the object.
package struct Assessment: OfRollout, Sendable, Equatable {
    package struct Replicas: Sendable, Equatable {
        package var desired: Int64
        /// Of the live current ReplicaSet; nil when it could not be read or is not there.
        package var ready: Int64?
        package var available: Int64?
        /// Pods of all its ReplicaSets; nil when they could not be read.
        package var total: Int64?
    }

    package var id: RolloutID
    package var uid: String?
    package var strategy: Rollout.StrategyKind?
    package var health: Health
    /// Nil where nothing is the matter.
    package var verdict: Verdict?
    /// Every gate of a restart, in order, as far as one look tells; empty where nothing is the matter.
    package var gates: [Reading]
    /// It is shown without being asked for.
    package var needsAttention: Bool
    /// One sentence on the diagnosis.
    package var explanation: String?
    package var since: Timestamp?
    package var replicas: Replicas
    /// What `status` says beside what is so, as far as both are known.
    package var equations: [Equation]
    package var action: Action
    package var refreshedAt: Timestamp?
    package var podHash: String?
    package var restartAt: Timestamp?
    package var restartedAt: Timestamp?
    /// Our restarts in vain for this pod template; nil when the label is no count.
    package var restarts: Int?
    /// ReplicaSets may not be read.
    package var lacksEvidence: Bool

    init(
        _ rollout: Rollout, _ evidence: Evidence, _ rule: HealRule, now: Timestamp, absentTimes: AbsentTimes = .young
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
        refreshedAt = rollout.latestMark(evidence)?.time
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
