package import Formats
package import Rollouts

/// What became of one Rollout.
package struct RestartOutcome: OfRollout, Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// The patch was accepted, or would have been sent (dry run); the number of this restart for its pod hash,
        /// and the generation of the Rollout by which the controller shows that it has observed it.
        case restarted(at: Timestamp, attempt: Int, generation: Int64?)
        case cancelled
        /// The patch was accepted, but the controller has not observed it in time.
        case unobserved(isTakenBack: Bool)
        /// A refresh came first, and healed it: no restart was needed.
        case refreshed(after: Duration)
        /// What the account may not do, which would be needed.
        case denied(rights: [String])
        /// Nothing was written.
        case skipped(Skip)
        case failed(RolloutHealError)
    }

    package struct Skip: Sendable, Equatable {
        /// Nil when the rule does not match.
        package var verdict: Verdict?
        package var phase: String
        package var why: String

        /// Diagnosis and gate, or the phase of what needs no restart.
        package var word: String { verdict?.word ?? phase }
    }

    package enum DryRun: String, Sendable, CaseIterable {
        case none
        /// Nothing is sent that would change anything.
        case client
        /// The server judges the patch and throws it away.
        case server
    }

    package var id: RolloutID
    package var result: Result
    /// It was judged without its ReplicaSets, which may not be read.
    package var lacksEvidence: Bool
    /// Of a restart: the versions of its ReplicaSets when it was asked for, by uid; nil where they were not read.
    package var before: [String: String]?

    package init(_ id: RolloutID, _ result: Result, lacksEvidence: Bool = false) {
        self.id = id
        self.result = result
        self.lacksEvidence = lacksEvidence
    }
}

/// How a restart that was followed ended.
package struct FollowOutcome: OfRollout, Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// Restarted and Healthy, so many seconds after the patch.
        case recovered(seconds: Int64)
        /// Nothing came of it in time, or before we were interrupted: it was taken back, and no pod was evicted.
        case takenBack
        /// The time is over, or the restart can no longer succeed.
        case notRecovered(why: String)
    }

    package var id: RolloutID
    package var result: Result
}
