package import Formats
package import Rollouts

/// The outcome of healing one Rollout.
package struct HealOutcome: OfRollout, Sendable, Equatable {
    package enum Step: String, Sendable {
        case refresh, restart
    }

    package enum Result: Sendable, Equatable {
        /// The Rollout is Healthy and its diagnosis is gone.
        ///
        /// - evicted: the number of replaced pods.
        case healed(by: Step, after: Duration, evicted: Int64)
        /// A restart was requested and is not followed.
        case begun(attempt: Int)
        /// The controller's status is correct again, but the phase is not Healthy.
        case seenAgain(phase: String, message: String)
        /// The last step did not help in time.
        case notHealed(Step, why: String)
        /// A gate holds the next step back; no step was taken, or a refresh that did not help.
        case held(gate: Gate, diagnosis: Diagnosis?, why: String)
        /// There is no diagnosis, or none that the command handles.
        case nothing(phase: String)
        /// The Rollout was deleted or recreated, or left the requested Argo CD application.
        case gone
        /// Dry run: the step that would be next.
        case would(Step, consequence: String?)
        /// The account lacks required rights.
        case denied(rights: [String])
        case failed(RolloutHealError)
    }

    package var id: RolloutID
    package var result: Result
    /// The diagnosis before the first step.
    package var diagnosis: Diagnosis?
    /// The writes of the refresh; nil without one.
    package var writes: RefreshWrites?
    /// Whether reading ReplicaSets is forbidden.
    package var lacksEvidence = false
    /// Whether a restart without progress was taken back.
    package var isTakenBack = false

    package init(_ id: RolloutID, _ result: Result) {
        self.id = id
        self.result = result
    }
}

/// Progress reports while healing.
package enum HealProgress: Sendable, Equatable {
    /// The Rollout is read again after this time, to confirm the diagnosis.
    case settling(RolloutID, Duration)
    /// - reason: the evidence in one sentence.
    /// - consequence: what the controller resumes after the refresh; nil if it only corrects its status.
    case refreshed(RolloutID, RefreshWrites, reason: String, consequence: String?)
    case restarted(RolloutID, at: Timestamp, attempt: Int)
    case following(FollowRestarts.Progress)
    /// The command was interrupted during a restart, which was taken back, or continues for the reason given.
    case interrupted(RolloutID, FollowOutcome.Result?)
}
