/// Policy and bounds: everything that decides, beside the object itself, whether a restart is due.
package struct HealRule: Sendable, Equatable {
    package var policy: Policy
    /// Seconds between two restarts, at the least; the Rollout's progress deadline counts where it is longer.
    package var coolDown: Int64
    /// Restarts in vain for one pod template.
    package var maxRestarts: Int
    /// Only `strict` asks.
    package var allowsSingleReplica: Bool

    package static let defaultCoolDown: Int64 = 15 * 60
    package static let defaultMaxRestarts = 3
    /// The API's default of `spec.progressDeadlineSeconds`.
    package static let defaultProgressDeadline: Int64 = 600

    package init(
        policy: Policy = .cautious, coolDown: Int64 = HealRule.defaultCoolDown,
        maxRestarts: Int = HealRule.defaultMaxRestarts, allowsSingleReplica: Bool = false
    ) {
        self.policy = policy
        self.coolDown = coolDown
        self.maxRestarts = maxRestarts
        self.allowsSingleReplica = allowsSingleReplica
    }

    /// Judges one Rollout; nil when the base rule does not match.
    ///
    /// - Parameter now: the API server's time.
    package func verdict(on rollout: Rollout, _ evidence: Evidence, now: Timestamp) -> Verdict? {
        guard let diagnosis = rollout.diagnosis(evidence, now: now) else { return nil }
        let isDue = policy.restarts(diagnosis) && !rollout.awaitsObservedRestart
        return Verdict(diagnosis: diagnosis, isDue: isDue, heldBy: isDue ? gate(for: rollout, now: now) : nil)
    }

    /// Whether a restart of `rollout` can be decided without reading ReplicaSets.
    package func needsEvidence(for rollout: Rollout, now: Timestamp) -> Bool {
        policy != .rule && rollout.needsEvidence(now: now)
    }

    /// The first gate that is closed, the most lasting one first.
    private func gate(for rollout: Rollout, now: Timestamp) -> Gate? {
        if rollout.isIgnored { return .ignored }
        if policy == .rule { return nil }
        let attempts = Attempts(of: rollout, now: now)
        if attempts.reaches(maxRestarts) {
            if case .count(let count) = attempts { return .gaveUp(restarts: count) }
            return .gaveUp(restarts: nil)
        }
        if let end = coolDownEnd(of: rollout), now < end { return .coolDown(until: end) }
        if policy == .strict, rollout.desiredReplicas == 1, !allowsSingleReplica { return .singleReplica }
        return nil
    }

    /// When the next restart may come; nil when there was none.
    package func coolDownEnd(of rollout: Rollout) -> Timestamp? {
        rollout.restartAt?.adding(seconds: coolDown(of: rollout))
    }

    /// Seconds that must lie between two restarts of `rollout`.
    package func coolDown(of rollout: Rollout) -> Int64 {
        max(coolDown, rollout.spec.progressDeadlineSeconds ?? Self.defaultProgressDeadline)
    }
}

/// What is to be done with one Rollout that matches the base rule.
package struct Verdict: Sendable, Equatable {
    package var diagnosis: Diagnosis
    /// Diagnosis and policy ask for a restart.
    package var isDue: Bool
    /// What holds the due restart back.
    package var heldBy: Gate?

    package var restarts: Bool { isDue && heldBy == nil }

    /// The diagnosis with its gate: `stuck (gave-up)`.
    package var word: String {
        diagnosis.rawValue + (heldBy.map { " (\($0.name))" } ?? "")
    }
}
