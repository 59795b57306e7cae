package import Rollouts

/// The result of reading Rollouts, with the failures.
package struct ReadRollouts: Sendable {
    package struct Failure: OfRollout, Sendable, Equatable {
        package var id: RolloutID
        package var error: RolloutHealError
    }

    package var found: [Rollout] = []
    package var failures: [Failure] = []
    /// Found Rollouts that are in another namespace than requested.
    package var moved: [MovedName] = []
    /// The number of Rollouts in scope, including healthy ones.
    package var total = 0
    /// The number of Degraded Rollouts that are not wanted.
    package var otherDegraded = 0
    /// The Rollouts of the requested application, including healthy ones; nil if none was requested.
    package var application: ApplicationSearch.Result?
}
