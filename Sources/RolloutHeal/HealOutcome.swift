package import Formats
package import Rollouts

/// What became of one Rollout that was to be healed.
package struct HealOutcome: OfRollout, Sendable, Equatable {
    package enum Step: String, Sendable {
        case refresh, restart
    }

    package enum Result: Sendable, Equatable {
        /// Healthy, and what was wrong is gone.
        ///
        /// - evicted: pods that were replaced.
        case healed(by: Step, after: Duration, evicted: Int64)
        /// A restart was asked for and is not followed.
        case begun(attempt: Int)
        /// The controller sees the world as it is again, and finds it so.
        case seenAgain(phase: String, message: String)
        /// The last step that was begun did not help in time.
        case notHealed(Step, why: String)
        /// A gate holds the next step back: nothing was begun, or a refresh that did not help.
        case held(gate: Gate, diagnosis: Diagnosis?, why: String)
        /// Nothing is the matter, or nothing that the command is for.
        case nothing(phase: String)
        /// It was deleted or made anew on the way, or left the application of Argo CD that was asked for.
        case gone
        /// A dry run: what would be the next step.
        case would(Step, consequence: String?)
        /// What the account may not do, which would be needed.
        case denied(rights: [String])
        case failed(RolloutHealError)
    }

    package var id: RolloutID
    package var result: Result
    /// As it was before the first step.
    package var diagnosis: Diagnosis?
    /// What a refresh wrote; nil when there was none.
    package var writes: RefreshWrites?
    /// ReplicaSets may not be read.
    package var lacksEvidence = false

    package init(_ id: RolloutID, _ result: Result) {
        self.id = id
        self.result = result
    }
}

/// What happens on the way, told as it happens.
package enum HealProgress: Sendable, Equatable {
    /// It is looked at again, to be sure; so long.
    case settling(RolloutID, Duration)
    /// - reason: the evidence, in one sentence.
    /// - consequence: what the controller goes on with then; nil where it only corrects its status.
    case refreshed(RolloutID, RefreshWrites, reason: String, consequence: String?)
    case restarted(RolloutID, at: Timestamp, attempt: Int)
    case following(FollowRestarts.Progress)
    /// We were told to stop while a restart of ours was on its way: it was taken back, or something had come of it.
    case interrupted(RolloutID, isTakenBack: Bool)
}
