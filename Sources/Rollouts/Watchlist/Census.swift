/// How many Rollouts are in which state, so that nobody takes silence about one for an all-clear.
package struct Census: Sendable, Equatable {
    /// In trouble, or on their way out of it by a restart or a refresh: each has a row.
    package var shown: Int
    /// Degraded, but neither timed out nor seen wrongly by the controller.
    package var otherDegraded: Int
    /// Progressing, Paused, or in a phase of the controller's own.
    package var inProgress: Int
    /// In namespaces that are left alone.
    package var excluded: Int
    /// They cannot be read.
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

    /// Every Rollout in view is Healthy, and was read.
    package var isAllHealthy: Bool { shown == 0 && otherDegraded == 0 && inProgress == 0 && unreadable == 0 }
}

extension WatchedCase {
    /// It has a row.
    var isShown: Bool { verdict != nil || following != nil || refreshing != nil }
}
