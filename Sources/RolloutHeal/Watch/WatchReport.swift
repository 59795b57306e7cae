package import Formats
package import KubeClient
package import Rollouts

/// What `watch` tells while it runs, in the order in which it happened.
package enum WatchReport: Sendable, Equatable {
    case change(Change)
    /// All Rollouts have been seen.
    case synced(count: Int)
    /// Changes are heard of, from now on or again.
    case watching
    /// The connection to the changes ended and is made anew after the pause.
    case interrupted(RolloutHealError?, ReflectorState.Pause)
    /// A Rollout that cannot be read; told once.
    case unreadable(RolloutHealError)
}

/// What `watch` knows at one moment.
package struct WatchView: Sendable, Equatable {
    package var rows: [WatchedRow]
    /// Those that are not Healthy and have no row, as many as are kept; only where they are asked for.
    package var others: [WatchedRow] = []
    /// Rollouts in view.
    package var count: Int
    package var isSynced: Bool
    package var isStormy: Bool
    /// The controller is late for many: nothing is refreshed.
    package var isLagging = false
    package var givenUp: Int
    package var degraded: [Diagnosis: Int]
    /// Those with a row, and all that have none though they are not Healthy.
    package var census = Census()
    /// The API server's time.
    package var now: Timestamp
    /// Why nothing is heard of the cluster at the moment.
    package var trouble: RolloutHealError?
}
