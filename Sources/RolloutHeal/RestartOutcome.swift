package import Formats
package import Rollouts

/// The outcome of a restart of one Rollout.
package struct RestartOutcome: OfRollout, Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// The patch was accepted, or would have been sent (dry run). `attempt` counts the restarts of this pod hash;
        /// `generation` is the one that the controller shows once it has observed the restart.
        case restarted(at: Timestamp, attempt: Int, generation: Int64?)
        case cancelled
        /// The patch was accepted, but the controller did not observe it in time.
        case unobserved(isTakenBack: Bool)
        /// A refresh came first and healed the Rollout.
        case refreshed(after: Duration)
        /// The account lacks required rights.
        case denied(rights: [String])
        /// Nothing was written.
        case skipped(Skip)
        case failed(RolloutHealError)
    }

    package struct Skip: Sendable, Equatable {
        /// Nil if the rule does not match.
        package var verdict: Verdict?
        package var phase: String
        package var why: String

        /// Diagnosis and gate, or the phase of a Rollout that needs no restart.
        package var word: String { verdict?.word ?? phase }
    }

    package enum DryRun: String, Sendable, CaseIterable {
        case none
        /// Sends no writes.
        case client
        /// The server validates the patch without storing it.
        case server
    }

    package var id: RolloutID
    package var result: Result
    /// Judged without its ReplicaSets, because reading them is forbidden.
    package var lacksEvidence: Bool
    /// The resourceVersions of the ReplicaSets when the restart was requested, by uid; nil if they were not read.
    package var before: [String: String]?
    /// The number of pods that the restart replaces; nil if none was requested.
    package var pods: Int64?
    /// Of a Rollout that was read only to take its restart back.
    package var uid: String?

    package init(_ id: RolloutID, _ result: Result, lacksEvidence: Bool = false) {
        self.id = id
        self.result = result
        self.lacksEvidence = lacksEvidence
    }
}

/// The outcome of a followed restart.
package struct FollowOutcome: OfRollout, Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// Restarted and Healthy, this many seconds after the patch.
        case recovered(after: Duration)
        /// The restart had no effect in time, or before an interruption: it was taken back, and no pod was evicted.
        case takenBack
        /// Timed out, or can no longer succeed.
        case notRecovered(why: String)
    }

    package var id: RolloutID
    package var result: Result
}
