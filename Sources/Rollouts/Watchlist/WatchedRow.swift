/// One Rollout in trouble as a table shows it.
package struct WatchedRow: Sendable, Equatable {
    package var id: RolloutID
    package var strategy: Rollout.StrategyKind?
    package var phase: String
    /// Of the live current ReplicaSet, at the last look.
    package var ready: Int64?
    package var desired: Int64
    package var verdict: Verdict?
    package var since: Timestamp?
    package var restartedAt: Timestamp?
    /// What happens next, or has: `settling, 34s left`.
    package var state: String
}

extension Watchlist {
    /// Those in trouble, and those whose restart is on its way, by namespace and name.
    package func rows(now: Timestamp, at uptime: Duration) -> [WatchedRow] {
        cases.sorted { $0.key < $1.key }.compactMap { id, watched in
            guard watched.verdict != nil || watched.following != nil else { return nil }
            let rollout = watched.rollout
            return WatchedRow(
                id: id, strategy: rollout.strategy, phase: rollout.health.phase, ready: watched.current?.readyReplicas,
                desired: rollout.desiredReplicas, verdict: watched.verdict, since: watched.since,
                restartedAt: rollout.restartedAt, state: state(of: watched, now: now, at: uptime))
        }
    }

    private func state(of watched: WatchedCase, now: Timestamp, at uptime: Duration) -> String {
        if let following = watched.following {
            return "restart \(following.attempt), \(max(0, now.seconds(since: following.restartAt)))s ago"
        }
        guard let verdict = watched.verdict else { return "" }
        guard verdict.restarts else { return verdict.heldBy?.explanation(now: now) ?? watched.explanation }
        guard settings.heals else { return "a restart heals it" }
        if let failure = watched.toldFailure { return failure }
        let left = (watched.settling?.at ?? uptime) + settings.settle - uptime
        if left > .zero { return "settling, \(left.components.seconds + 1)s left" }
        return isStormy ? "held by the storm" : watched.waitsForRate ? "waits for its turn" : "due"
    }

    /// How many there are of each diagnosis.
    package var degraded: [Diagnosis: Int] {
        cases.values.reduce(into: [:]) { counts, watched in
            if let diagnosis = watched.verdict?.diagnosis { counts[diagnosis, default: 0] += 1 }
        }
    }

    /// How many have had all their restarts.
    package var givenUp: Int {
        cases.values.count { if case .gaveUp = $0.verdict?.heldBy { true } else { false } }
    }
}
