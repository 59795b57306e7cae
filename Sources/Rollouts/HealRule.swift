package import Formats

/// Policy and bounds: everything that decides, beside the object itself, whether a restart is due.
package struct HealRule: Sendable, Equatable {
    package var policy: Policy
    /// Seconds between two restarts, at the least; the Rollout's progress deadline counts where it is longer.
    package var coolDown: Int64
    /// Restarts in vain for one pod template.
    package var maxRestarts: Int
    /// A restart may take all pods at once.
    package var allowsSolePod: Bool
    /// What nothing proves either way is restarted too.
    package var allowsUnproven: Bool
    /// How many have timed out just now, of all that are in scope; nil where they were not counted.
    package var storm: Storm.Count?

    package static let defaultCoolDown: Int64 = 15 * 60
    package static let defaultMaxRestarts = 1
    /// For a person at a terminal, who sees what comes of each.
    package static let maxRestartsByHand = 3
    /// The API's default of `spec.progressDeadlineSeconds`.
    package static let defaultProgressDeadline: Int64 = 600

    package init(
        policy: Policy = .strict, coolDown: Int64 = HealRule.defaultCoolDown,
        maxRestarts: Int = HealRule.defaultMaxRestarts, allowsSolePod: Bool = false, allowsUnproven: Bool = false
    ) {
        self.policy = policy
        self.coolDown = coolDown
        self.maxRestarts = maxRestarts
        self.allowsSolePod = allowsSolePod
        self.allowsUnproven = allowsUnproven
    }

    /// Judges one Rollout; nil where nothing is the matter.
    ///
    /// - Parameters:
    ///   - budgets: the PodDisruptionBudgets of its namespace.
    ///   - now: the API server's time.
    package func verdict(
        on rollout: Rollout, _ evidence: Evidence, _ budgets: Budgets = .notAsked, now: Timestamp,
        absentTimes: AbsentTimes = .young
    ) -> Verdict? {
        guard let diagnosis = rollout.diagnosis(evidence, now: now, absentTimes: absentTimes) else { return nil }
        let isDue = restarts(diagnosis) && rollout.health.matches
        let closed = isDue ? readings(of: rollout, diagnosis, evidence, budgets, now: now).first(where: holds) : nil
        return Verdict(diagnosis: diagnosis, isDue: isDue, heldBy: closed)
    }

    /// A refresh comes before the restart: that it has not been tried is no reason to hold back, but the next step.
    private func holds(_ reading: Reading) -> Bool {
        reading.isOpen == false && reading.gate != .policy
    }

    package func restarts(_ diagnosis: Diagnosis) -> Bool {
        switch policy {
        case .rule: diagnosis != .deleting
        case .strict: diagnosis == .stuck || (allowsUnproven && diagnosis == .unproven)
        }
    }

    /// Whether a restart of `diagnosis` needs a refresh before it that did not help.
    package func needsRefreshFirst(_ diagnosis: Diagnosis?) -> Bool {
        policy == .strict && diagnosis == .stuck
    }

    /// Whether ReplicaSets have to be read before a restart of `rollout` is decided.
    package func needsEvidence(for rollout: Rollout) -> Bool {
        policy != .rule && rollout.needsLook
    }

    /// When the next restart may come; nil when there was none.
    package func coolDownEnd(of rollout: Rollout, now: Timestamp) -> Timestamp? {
        rollout.lastRestart(now: now)?.adding(seconds: coolDown(of: rollout))
    }

    /// Seconds that must lie between two restarts of `rollout`.
    package func coolDown(of rollout: Rollout) -> Int64 {
        max(coolDown, rollout.spec.progressDeadlineSeconds ?? Self.defaultProgressDeadline)
    }
}

/// What is the matter with one Rollout, and whether it is to be restarted.
package struct Verdict: Sendable, Equatable {
    package var diagnosis: Diagnosis
    /// Diagnosis and policy ask for a restart.
    package var isDue: Bool
    /// The first gate that holds the due restart back.
    package var heldBy: Reading?

    package init(diagnosis: Diagnosis, isDue: Bool, heldBy: Reading?) {
        self.diagnosis = diagnosis
        self.isDue = isDue
        self.heldBy = heldBy
    }

    package var restarts: Bool { isDue && heldBy == nil }

    /// The diagnosis with its gate: `stuck (attempts)`.
    package var word: String { diagnosis.word(heldBy: heldBy?.gate) }
}
