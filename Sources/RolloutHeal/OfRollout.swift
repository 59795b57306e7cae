package import Rollouts

/// Something about one Rollout.
package protocol OfRollout {
    var id: RolloutID { get }
}

extension OfRollout {
    package var namespace: String { id.namespace }
    package var name: String { id.name }
}
