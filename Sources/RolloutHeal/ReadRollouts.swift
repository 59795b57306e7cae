package import Rollouts

/// What could be read of the Rollouts that were asked for, and what could not.
package struct ReadRollouts: Sendable {
    package struct Failure: OfRollout, Sendable, Equatable {
        package var id: RolloutID
        package var error: RolloutHealError
    }

    package var found: [Rollout] = []
    package var failures: [Failure] = []
    /// Of those found, the ones that are in another namespace than was asked.
    package var moved: [MovedName] = []
    /// All that are in scope, healthy ones too.
    package var total = 0
    /// Degraded, but not wanted.
    package var otherDegraded = 0
    /// Whom the application that was asked for turned out to mean, healthy ones included; nil where none was asked for.
    package var application: ApplicationSearch.Result?
}
