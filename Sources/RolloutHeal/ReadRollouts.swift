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
    /// All that are in scope, healthy ones too.
    package var total = 0
    /// Degraded, but not wanted.
    package var otherDegraded = 0
    /// Whom the application that was asked for turned out to mean, healthy ones included; nil where none was asked for.
    package var application: ApplicationSearch.Result?
}
