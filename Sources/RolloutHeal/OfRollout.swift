package import Rollouts

/// A value that concerns one Rollout.
package protocol OfRollout {
    var id: RolloutID { get }
}

extension OfRollout {
    package var namespace: String { id.namespace }
    package var name: String { id.name }
}
