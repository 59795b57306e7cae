package import Formats

/// Policy and limits: the settings that decide on a restart, besides the object itself.
package struct HealRule: Sendable, Equatable {
    package var policy: Policy
    /// The minimum number of seconds between two restarts; a longer progress deadline of the Rollout takes precedence.
    package var coolDown: Duration
    /// The limit for restarts that did not help, per pod template.
    package var maxRestarts: Int
    /// Whether a restart may evict all pods at once.
    package var allowsSolePod: Bool
    /// Whether to restart Rollouts for which there is no evidence.
    package var allowsUnproven: Bool
    /// The hours in which changes are allowed.
    package var windows = ChangeWindows()
    /// If set, only what opts in is healed.
    package var optIn: OptIn?
    /// The recent timeouts among all Rollouts in scope; nil if they were not counted.
    package var storm: Storm.Count?

    package static let defaultCoolDown = Duration.seconds(15 * 60)
    package static let defaultMaxRestarts = 1
    /// For interactive use, where a person sees each outcome.
    package static let maxRestartsByHand = 3
    /// The API's default for `spec.progressDeadlineSeconds`, in seconds.
    package static let defaultProgressDeadline = Duration.seconds(600)

    package init(
        policy: Policy = .strict, coolDown: Duration = HealRule.defaultCoolDown,
        maxRestarts: Int = HealRule.defaultMaxRestarts, allowsSolePod: Bool = false, allowsUnproven: Bool = false
    ) {
        self.policy = policy
        self.coolDown = coolDown
        self.maxRestarts = maxRestarts
        self.allowsSolePod = allowsSolePod
        self.allowsUnproven = allowsUnproven
    }

    /// Judges one Rollout; nil without a diagnosis.
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

    /// Whether the reading holds a restart back. A missing refresh does not: it is the next step.
    private func holds(_ reading: Reading) -> Bool {
        reading.isOpen == false && reading.gate != .policy
    }

    package func restarts(_ diagnosis: Diagnosis) -> Bool {
        switch policy {
        case .rule: diagnosis != .deleting
        case .strict: diagnosis == .stuck || (allowsUnproven && diagnosis == .unproven)
        }
    }

    /// Whether a restart for `diagnosis` requires a refresh that did not help.
    package func needsRefreshFirst(_ diagnosis: Diagnosis?) -> Bool {
        policy == .strict && diagnosis == .stuck
    }

    /// Whether the ReplicaSets must be read before a restart of `rollout` is decided.
    package func needsEvidence(for rollout: Rollout) -> Bool {
        policy != .rule && rollout.needsLook
    }

    /// When the cool-down ends; nil if there was no restart.
    package func coolDownEnd(of rollout: Rollout, now: Timestamp) -> Timestamp? {
        rollout.lastRestart(now: now)?.advanced(by: coolDown(of: rollout))
    }

    /// The minimum number of seconds between two restarts of `rollout`.
    package func coolDown(of rollout: Rollout) -> Duration {
        max(coolDown, rollout.spec.progressDeadlineSeconds.map { .seconds($0) } ?? Self.defaultProgressDeadline)
    }
}

/// The diagnosis of one Rollout, and whether to restart it.
package struct Verdict: Sendable, Equatable {
    package var diagnosis: Diagnosis
    /// Whether diagnosis and policy call for a restart.
    package var isDue: Bool
    /// The first gate that holds the restart back.
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
