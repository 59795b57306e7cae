/// Namespace and name of a Rollout.
package struct RolloutID: Hashable, Sendable, Comparable {
    package var namespace: String
    package var name: String

    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }

    package init(_ rollout: Rollout) {
        self.init(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
    }

    package static func < (left: RolloutID, right: RolloutID) -> Bool {
        (left.namespace, left.name) < (right.namespace, right.name)
    }
}
