package import Formats
package import KubeClient
package import Rollouts

/// What `watch` reports while it runs, in order of occurrence.
package enum WatchReport: Sendable, Equatable {
    case change(Change)
    /// All Rollouts have been read.
    case synced(count: Int)
    /// The watch has begun, or has begun again.
    case watching
    /// The watch ended and begins again after the pause.
    case interrupted(RolloutHealError?, ReflectorState.Pause)
    /// A Rollout could not be read; reported once.
    case unreadable(RolloutHealError)
}

/// The state of `watch` at one moment.
package struct WatchView: Sendable, Equatable {
    package var rows: [WatchedRow]
    /// Rollouts that are not Healthy and have no row, up to a limit; only in ``WatchRollouts/wholeView``.
    package var others: [WatchedRow] = []
    /// Number of Rollouts in view.
    package var count: Int
    package var isSynced: Bool
    package var isStormy: Bool
    /// Whether the controller is late for many Rollouts; no refresh is written then.
    package var isLagging = false
    package var givenUp: Int
    package var degraded: [Diagnosis: Int]
    /// Number of Rollouts in each state, with and without a row.
    package var census = Census()
    /// The API server's time.
    package var now: Timestamp
    /// Why the watch is interrupted at the moment.
    package var trouble: RolloutHealError?
    /// Why nothing new is known of the Rollouts; nil if they are watched.
    package var blindness: Blindness?

    /// Whether the Rollouts are watched at this moment, so that the rows show what they are now.
    package var isCurrent: Bool { isSynced && trouble == nil && blindness == nil }
}

/// Why `watch` sees nothing although it runs.
package enum Blindness: Sendable {
    /// The API server says nothing on the watch, and does not end it either.
    case silent
    /// The API server no longer has the resource.
    case notServed
}
