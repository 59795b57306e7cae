package import Rollouts

/// What became of one Rollout.
package struct RestartOutcome: Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// The patch was accepted, or would have been sent (dry run); the number of this restart for its pod hash.
        case restarted(at: Timestamp, attempt: Int)
        case cancelled
        /// Nothing was written; the diagnosis, with its gate, is nil when the rule does not match.
        case skipped(Verdict?, why: String)
        case failed(RolloutHealError)
    }

    package enum DryRun: String, Sendable, CaseIterable {
        case none
        /// Nothing is sent that would change anything.
        case client
        /// The server judges the patch and throws it away.
        case server
    }

    package var namespace: String
    package var name: String
    package var result: Result

    package init(namespace: String, name: String, result: Result) {
        self.namespace = namespace
        self.name = name
        self.result = result
    }
}

/// How a restart that was followed ended.
package struct FollowOutcome: Sendable, Equatable {
    package enum Result: Sendable, Equatable {
        /// Restarted and Healthy, so many seconds after the patch.
        case recovered(seconds: Int64)
        /// The time is over, or the restart can no longer succeed.
        case notRecovered(why: String)
    }

    package var namespace: String
    package var name: String
    package var result: Result
}
