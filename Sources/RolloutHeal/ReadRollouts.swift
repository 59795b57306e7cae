package import Rollouts

/// What could be read of the Rollouts that were asked for, and what could not.
package struct ReadRollouts: Sendable {
    package struct Failure: Sendable, Equatable {
        package var namespace: String
        package var name: String
        package var error: RolloutHealError
    }

    package var found: [Rollout] = []
    package var failures: [Failure] = []
    /// Whether the application that was asked for has no Rollout in scope, healthy ones included.
    package var lacksApplication = false
}
