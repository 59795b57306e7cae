package import Rollouts

/// One Rollout as it was judged: everything that is shown of it, and nothing else of the object.
package struct Assessment: Sendable, Equatable {
    package struct Replicas: Sendable, Equatable {
        package var desired: Int64
        /// Of the live current ReplicaSet; nil when it could not be read or is not there.
        package var ready: Int64?
        package var available: Int64?
    }

    package var namespace: String
    package var name: String
    package var uid: String?
    package var strategy: Rollout.StrategyKind?
    package var health: Health
    /// Nil when the base rule does not match.
    package var verdict: Verdict?
    /// One sentence on the diagnosis.
    package var explanation: String?
    package var since: Timestamp?
    package var replicas: Replicas
    package var podHash: String?
    package var restartAt: Timestamp?
    package var restartedAt: Timestamp?
    /// Our restarts in vain for this pod template; nil when the label is no count.
    package var restarts: Int?
    /// ReplicaSets may not be read.
    package var lacksEvidence: Bool

    init(_ rollout: Rollout, _ evidence: Evidence, _ rule: HealRule, now: Timestamp) {
        let current = evidence.current(of: rollout)
        namespace = rollout.metadata.namespace ?? ""
        name = rollout.metadata.name
        uid = rollout.metadata.uid
        strategy = rollout.strategy
        verdict = rule.verdict(on: rollout, evidence, now: now)
        health = rollout.health
        explanation = verdict.map { rollout.explanation(of: $0.diagnosis, evidence, now: now) }
        since = rollout.since
        replicas = Replicas(
            desired: rollout.desiredReplicas, ready: current.map { $0.status.readyReplicas ?? 0 },
            available: current.map { $0.status.availableReplicas ?? 0 })
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
