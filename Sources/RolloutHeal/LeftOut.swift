/// Rollouts in scope that a command neither shows nor acts on, though they are not well: counted, so that nobody takes
/// silence about them for an all-clear.
package struct LeftOut: Sendable, Equatable {
    /// Degraded, but neither timed out nor seen wrongly by the controller.
    package var degraded: Int
    /// They could not be read, or their ReplicaSets could not.
    package var unjudged: Int

    package init(degraded: Int = 0, unjudged: Int = 0) {
        self.degraded = degraded
        self.unjudged = unjudged
    }

    package var isEmpty: Bool { degraded == 0 && unjudged == 0 }
}

extension ReadRollouts.Failure {
    /// How many Rollouts it is about.
    var count: Int {
        if case .unjudged(let ids, _) = error { ids.count } else { 1 }
    }
}
