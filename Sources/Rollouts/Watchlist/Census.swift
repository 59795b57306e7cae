/// Number of Rollouts in each state, so that the ones without a row are not taken for Healthy.
package struct Census: Sendable, Equatable {
    /// In trouble, or with a restart or refresh under way: each has a row.
    package var shown: Int
    /// Degraded, but neither timed out nor diagnosed with a stale view.
    package var otherDegraded: Int
    /// Progressing, Paused, or in a phase that only the controller knows.
    package var inProgress: Int
    /// In excluded namespaces.
    package var excluded: Int
    /// Could not be read.
    package var unreadable: Int

    package init(
        shown: Int = 0, otherDegraded: Int = 0, inProgress: Int = 0, excluded: Int = 0, unreadable: Int = 0
    ) {
        self.shown = shown
        self.otherDegraded = otherDegraded
        self.inProgress = inProgress
        self.excluded = excluded
        self.unreadable = unreadable
    }

    /// Whether every Rollout in view was read and is Healthy.
    package var isAllHealthy: Bool { shown == 0 && otherDegraded == 0 && inProgress == 0 && unreadable == 0 }
}

extension WatchedCase {
    /// Whether the Rollout has a row.
    var isShown: Bool { verdict != nil || following != nil || refreshing != nil }
}
