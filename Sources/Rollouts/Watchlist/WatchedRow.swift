package import Formats

/// One Rollout in trouble, as a table row.
package struct WatchedRow: Sendable, Equatable {
    package var id: RolloutID
    package var strategy: Rollout.StrategyKind?
    package var phase: String
    /// From the live current ReplicaSet; before the first evidence read, from `status`. Nil if it may not be read.
    package var ready: Int64?
    package var desired: Int64
    package var verdict: Verdict?
    package var since: Timestamp?
    package var restartedAt: Timestamp?
    /// The next step or the last one, such as `settling, 34s left`.
    package var state: String
    /// Whether a restart or refresh is under way, or a restart waits for its second evidence read.
    package var isUnderWay = false
    /// Why it has its diagnosis, in one sentence; nil without one.
    package var explanation: String?
    /// Whether it has opted out.
    package var isIgnored = false

    package init(
        id: RolloutID, strategy: Rollout.StrategyKind? = nil, phase: String, ready: Int64? = nil, desired: Int64,
        verdict: Verdict? = nil, since: Timestamp? = nil, restartedAt: Timestamp? = nil, state: String,
        isUnderWay: Bool = false, explanation: String? = nil, isIgnored: Bool = false
    ) {
        self.id = id
        self.strategy = strategy
        self.phase = phase
        self.ready = ready
        self.desired = desired
        self.verdict = verdict
        self.since = since
        self.restartedAt = restartedAt
        self.state = state
        self.isUnderWay = isUnderWay
        self.explanation = explanation
        self.isIgnored = isIgnored
    }
}

extension WatchedCase {
    /// Start of the trouble: for a stale view before the progress deadline, the last write to its objects.
    fileprivate var shownSince: Timestamp? {
        let isBeforeAlert = verdict?.diagnosis.isControllersView == true && rollout.health.phase != Health.degraded
        return isBeforeAlert ? view.written ?? timeOut.since : timeOut.since
    }

    /// A missing `readyReplicas` is 0.
    fileprivate var ready: Int64? {
        if let current { return current.readyReplicas ?? 0 }
        return verdict?.diagnosis == .unproven ? nil : rollout.status.readyReplicas ?? 0
    }
}

extension Watchlist {
    /// Rollouts in trouble or with a restart or refresh under way, by namespace and name.
    package func rows(now: Timestamp, at uptime: Duration) -> [WatchedRow] {
        cases.sorted { $0.key < $1.key }.compactMap { id, watched in
            guard watched.isShown else { return nil }
            let rollout = watched.rollout
            return WatchedRow(
                id: id, strategy: rollout.strategy, phase: rollout.health.phase, ready: watched.ready,
                desired: rollout.desiredReplicas, verdict: watched.verdict, since: watched.shownSince,
                restartedAt: rollout.restartedAt, state: state(of: watched, now: now, at: uptime),
                isUnderWay: watched.following != nil || watched.refreshing != nil
                    || settlingLeft(of: watched, at: uptime) != nil,
                explanation: watched.finding?.explanation, isIgnored: rollout.isIgnored)
        }
    }

    private func state(of watched: WatchedCase, now: Timestamp, at uptime: Duration) -> String {
        if let following = watched.following {
            return "restart \(following.attempt), \(max(0, (now - following.restartAt).components.seconds))s ago"
        }
        if let refreshing = watched.refreshing {
            return "refreshed, \(max(0, (uptime - refreshing.at).components.seconds))s ago"
        }
        guard let verdict = watched.verdict else { return "" }
        if let state = refreshState(of: watched, verdict, at: uptime) { return state }
        guard verdict.restarts else { return verdict.heldBy?.reason ?? watched.finding?.explanation ?? "" }
        guard settings.heals else { return "a restart may heal it" }
        if let failure = watched.failures.told { return failure.message }
        if let left = settlingLeft(of: watched, at: uptime) { return "settling, \(left.components.seconds + 1)s left" }
        if breaker.isClosed { return "held back: the controller does not observe restarts" }
        return isStormy ? "held back: storm" : watched.schedule.waitsForRate ? "waiting for its turn" : "due"
    }

    /// Time until a diagnosis to be restarted has settled; nil if no restart waits for that.
    private func settlingLeft(of watched: WatchedCase, at uptime: Duration) -> Duration? {
        guard settings.heals, watched.verdict?.restarts == true, watched.failures.told == nil else { return nil }
        let left = (watched.view.settling?.at ?? uptime) + settings.settle - uptime
        return left > .zero ? left : nil
    }

    /// The text of a row for a refresh that is not written yet.
    private func refreshState(of watched: WatchedCase, _ verdict: Verdict, at uptime: Duration) -> String? {
        guard verdict.diagnosis.isControllersView || watched.refreshTurn.due != nil else { return nil }
        if let why = settings.rule.leavesAlone(watched.rollout) { return why }
        guard settings.heals else { return "a refresh should heal it" }
        if let failure = watched.failures.told { return failure.message }
        if isLagging { return "held back: the controller lags" }
        guard let refreshAt = watched.refreshTurn.due ?? watched.view.looks?.second else { return "to be refreshed" }
        return refreshAt > uptime ? "refresh in \((refreshAt - uptime).components.seconds + 1)s" : "refresh is due"
    }

    /// Number of Rollouts for each diagnosis.
    package var degraded: [Diagnosis: Int] {
        cases.values.reduce(into: [:]) { counts, watched in
            if let diagnosis = watched.verdict?.diagnosis { counts[diagnosis, default: 0] += 1 }
        }
    }

    /// Number of Rollouts held back by the `attempts` gate.
    package var givenUp: Int {
        cases.values.count { $0.verdict?.heldBy?.gate == .attempts }
    }
}
