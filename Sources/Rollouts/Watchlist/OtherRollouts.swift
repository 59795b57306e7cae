internal import Formats

/// Rollouts that are not Healthy and need no step here, for the page of `watch`.
///
/// Keeps rows, not objects, and at most ``most`` of each kind; ``Census`` counts the others.
struct OtherRollouts: Sendable {
    static let most = 1000
    private static let longestMessage = 200

    private var degraded: [RolloutID: WatchedRow] = [:]
    private var inProgress: [RolloutID: WatchedRow] = [:]

    /// Unsorted.
    var rows: [WatchedRow] { Array(degraded.values) + Array(inProgress.values) }

    mutating func note(_ rollout: Rollout, now: Timestamp) {
        let id = RolloutID(rollout)
        let condition = Inventory.Condition(rollout)
        if condition != .degraded { degraded[id] = nil }
        if condition != .onItsWay { inProgress[id] = nil }
        switch condition {
        case .healthy: break
        case .degraded: Self.keep(rollout, id, in: &degraded, now: now)
        case .onItsWay: Self.keep(rollout, id, in: &inProgress, now: now)
        }
    }

    mutating func remove(_ id: RolloutID) {
        degraded[id] = nil
        inProgress[id] = nil
    }

    private static func keep(
        _ rollout: Rollout, _ id: RolloutID, in rows: inout [RolloutID: WatchedRow], now: Timestamp
    ) {
        guard rows.count < most || rows[id] != nil else { return }
        let health = rollout.health
        // Diagnosed without its ReplicaSets.
        let diagnosis = rollout.diagnosis(.notGiven, now: now).flatMap { $0 == .unproven ? nil : $0 }
        rows[id] = WatchedRow(
            id: id, strategy: rollout.strategy, phase: health.phase, ready: rollout.status.readyReplicas ?? 0,
            desired: rollout.desiredReplicas,
            verdict: diagnosis.map { Verdict(diagnosis: $0, isDue: false, heldBy: nil) }, since: rollout.since,
            restartedAt: rollout.restartedAt, state: health.message.cut(toBytes: longestMessage))
    }
}

extension Watchlist {
    /// Rollouts that are not Healthy and have no row in ``rows(now:at:)``, by namespace and name.
    package var otherRows: [WatchedRow] {
        others.rows.compactMap { row in
            guard let watched = cases[row.id] else { return row }
            if watched.isShown { return nil }
            var row = row
            if let current = watched.current { row.ready = current.readyReplicas ?? 0 }
            if watched.lastLook == nil { row.state = "not judged yet" }
            return row
        }.sorted { $0.id < $1.id }
    }
}
