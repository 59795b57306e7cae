/// Counts the unhealthy Rollouts in scope that a command neither shows nor acts on, so that its silence is no
/// all-clear.
package struct LeftOut: Sendable, Equatable {
    /// Degraded, but neither timed out nor diagnosed with a stale view.
    package var degraded: Int
    /// The Rollout or its ReplicaSets could not be read.
    package var unjudged: Int

    package init(degraded: Int = 0, unjudged: Int = 0) {
        self.degraded = degraded
        self.unjudged = unjudged
    }

    package var isEmpty: Bool { degraded == 0 && unjudged == 0 }
}

extension ReadRollouts.Failure {
    /// The number of Rollouts that the failure concerns.
    var count: Int {
        if case .unjudged(let ids, _) = error { ids.count } else { 1 }
    }
}
