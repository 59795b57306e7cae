/// A refresh that is to be written now; ``Watchlist/refreshed(_:_:now:at:random:)`` has to be told what became of it.
package struct RefreshOrder: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// As the plan says.
        case first
        /// The Rollout's label alone: its ReplicaSets have not helped.
        case label
    }

    /// As it was judged.
    package var rollout: Rollout
    package var diagnosis: Diagnosis
    package var plan: RefreshPlan
    package var step: Step

    /// Objects that are written to, at most.
    var count: Int { plan.replicaSets.count + 1 }
}

/// What became of a refresh.
package struct RefreshResult: Sendable, Equatable {
    package var replicaSets = 0
    package var hasLabel = false
    /// As ``RefreshOrder``'s writer names them: `replicasets/status`, `rollouts`.
    package var missingRights: [String] = []
    /// What failed, in words; the rest is written all the same.
    package var failure: String?
    /// The Rollout is not what was judged any more, or we may no longer write: nothing was written, and it is no error.
    package var isOvertaken = false

    package init() {}

    var isNothing: Bool { replicaSets == 0 && !hasLabel }

    /// "3 ReplicaSets and the Rollout's label".
    var text: String {
        let sets = replicaSets == 0 ? nil : "\(replicaSets) ReplicaSet\(replicaSets == 1 ? "" : "s")"
        return [sets, hasLabel ? "the Rollout's label" : nil].compactMap { $0 }.joined(separator: " and ")
    }
}
