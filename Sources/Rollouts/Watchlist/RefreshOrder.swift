/// A refresh to write now; its result must be passed to ``Watchlist/refreshed(_:_:now:at:random:)``.
package struct RefreshOrder: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        /// The writes of the plan.
        case first
        /// Only the Rollout's label, because writing to its ReplicaSets did not help.
        case label
    }

    /// The version that was diagnosed.
    package var rollout: Rollout
    package var diagnosis: Diagnosis
    package var plan: RefreshPlan
    package var step: Step

    /// Maximum number of objects to write to.
    var count: Int { plan.replicaSets.count + 1 }
}

/// The result of a refresh.
package struct RefreshResult: Sendable, Equatable {
    package var replicaSets = 0
    package var hasLabel = false
    /// Resources that may not be patched: `replicasets/status`, `rollouts`.
    package var missingRights: [String] = []
    /// The error message of a failed write; the other writes still take place.
    package var failure: String?
    /// Nothing was written, because the Rollout has changed or writing is no longer allowed; not an error.
    package var isOvertaken = false

    package init() {}

    var isNothing: Bool { replicaSets == 0 && !hasLabel }

    /// For example "3 ReplicaSets and the Rollout's label".
    var text: String {
        let sets = replicaSets == 0 ? nil : "\(replicaSets) ReplicaSet\(replicaSets == 1 ? "" : "s")"
        return [sets, hasLabel ? "the Rollout's label" : nil].compactMap { $0 }.joined(separator: " and ")
    }
}
