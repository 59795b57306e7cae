package import Formats

/// A refresh that has neither helped nor failed yet.
struct Refreshing: Sendable {
    /// The diagnosis before the refresh.
    var diagnosis: Diagnosis
    var plan: RefreshPlan
    /// Uptime of the write.
    var at: Duration
    var hasLabel: Bool
    /// Whether the Rollout was Degraded when it was refreshed.
    var wasDegraded: Bool
    /// Uptime of the label's write, if it was a step of its own.
    var labelledAt: Duration?
}

/// The ladder's first step: the write that makes the controller reconcile, and its result.
extension Watchlist {
    /// Delays of evidence reads after a refresh, and after its label.
    static let looksAfter: [Duration] = [.milliseconds(500), .seconds(1), .seconds(2), .seconds(5), .seconds(15)]
    /// Time after which a refresh counts as not having helped.
    static let refreshLimit = RefreshMark.patience

    // MARK: When a refresh is due

    /// Evaluates the gates of a refresh in order: `opt-out`, `cool-down`, `settle`, `window`, `storm`, `rate`.
    mutating func refresh(
        _ watched: inout WatchedCase, _ evidence: Evidence, now: Timestamp, at uptime: Duration
    ) -> ([Change], RefreshOrder?) {
        guard let diagnosis = watched.verdict?.diagnosis else { return ([], nil) }
        let rollout = watched.rollout
        if let why = settings.rule.leavesAlone(rollout) {
            return (watched.tellOnce(.optOut, why), nil)
        }
        guard let ready = readiness(of: watched, evidence, now: now, at: uptime) else { return ([], nil) }
        guard ready <= uptime else {
            watched.refreshTurn.due = ready
            if ready - uptime <= Self.refreshLimit { watched.wait(until: ready) } else { watched.look(atLatest: ready) }
            return ([], nil)
        }
        if let closed = settings.rule.closedWindow(forRefreshOf: rollout, evidence, now: now) {
            if let opensAt = closed.opensAt {
                watched.refreshTurn.due = uptime + (opensAt - now)
                watched.look(atLatest: uptime + (opensAt - now))
            }
            return (watched.tellOnce(.window, closed.reason), nil)
        }
        let changes = updateLag(now: now, at: uptime).map { [$0] } ?? []
        guard !isLagging else {
            watched.refreshTurn.due = max(lag.end, uptime)
            return (changes, nil)
        }
        let order = RefreshOrder(
            rollout: rollout, diagnosis: diagnosis, plan: RefreshPlan(of: rollout, evidence, now: now),
            step: .first)
        let slot = watched.refreshTurn.slot ?? (refreshRate.reserve(order.count, at: uptime), order.count)
        guard slot.at <= uptime else {
            watched.refreshTurn.slot = slot
            watched.refreshTurn.due = slot.at
            watched.wait(until: slot.at)
            return (changes, nil)
        }
        watched.refreshTurn.slot = nil
        beginWrite(&watched)
        return (changes, order)
    }

    /// Earliest uptime for a refresh, by evidence reads, last writes and the interval since the last refresh.
    private func readiness(
        of watched: WatchedCase, _ evidence: Evidence, now: Timestamp, at uptime: Duration
    ) -> Duration? {
        func moment(_ timestamp: Timestamp) -> Duration {
            uptime + min(max(.zero, timestamp - now), Self.farthest)
        }
        let rollout = watched.rollout
        guard let looks = watched.view.looks else { return nil }
        var ready = max(looks.first + settings.staleAfter, watched.refreshTurn.notBefore)
        if ready > uptime { ready = max(ready, looks.second) }
        if settings.staleAfter > .zero, let written = evidence.lastWritten(rollout).moment {
            ready = max(ready, moment(written + Rollout.longEnough))
        }
        if let due = rollout.refreshDue(evidence, now: now) { ready = max(ready, moment(due)) }
        if watched.verdict?.diagnosis == .stuck, let mark = rollout.markSinceTimeOut(evidence, now: now) {
            // A refresh by any client counts, and gets the same time to help.
            return max(uptime + .seconds(1), moment(mark.time + Rollout.refreshPatience))
        }
        return ready
    }

    /// Maximum delay; later times are evaluated again by then.
    private static let farthest = Duration.seconds(24 * 3600)

    /// The label of the Rollout itself, if the refresh has not helped after 15 s.
    func labelOrder(
        _ watched: inout WatchedCase, _ evidence: Evidence, now: Timestamp, at uptime: Duration
    ) -> RefreshOrder? {
        guard let refreshing = watched.refreshing, !refreshing.hasLabel,
            uptime - refreshing.at >= RefreshPlan.pauseBeforeLabel, !isLagging,
            settings.rule.leavesAlone(watched.rollout) == nil,
            settings.rule.closedWindow(forRefreshOf: watched.rollout, evidence, now: now) == nil
        else { return nil }
        watched.refreshing?.hasLabel = true  // one try, unless it is overtaken
        beginWrite(&watched)
        return RefreshOrder(
            rollout: watched.rollout, diagnosis: refreshing.diagnosis, plan: refreshing.plan, step: .label)
    }

    private func beginWrite(_ watched: inout WatchedCase) {
        watched.work = .refreshing
        watched.schedule.clear()
    }

    // MARK: Result of the write

    package mutating func refreshed(
        _ order: RefreshOrder, _ result: RefreshResult, now: Timestamp, at uptime: Duration, random: Double
    ) -> [Change] {
        let id = RolloutID(order.rollout)
        guard var watched = cases[id], watched.rollout.metadata.uid == order.rollout.metadata.uid else { return [] }
        watched.work = .none
        var changes = tellRights(result.missingRights, of: watched)
        if order.step == .label {
            watched.refreshing?.labelledAt = result.hasLabel ? uptime : nil
            if result.isOvertaken { watched.refreshing?.hasLabel = false }
            watched.look(atLatest: uptime + Self.looksAfter[0])
            if let failure = result.failure {
                var change = watched.change(.error, message: "the label could not be written: \(failure)")
                change.failure = .refreshNotWritten
                changes.append(change)
            }
            return changes + conclude(watched, now: now, at: uptime)
        }
        guard !result.isNothing else {
            cases[id] = watched
            return changes + notRefreshed(order, result, now: now, at: uptime, random: random)
        }
        watched.failures = .init()
        watched.refreshTurn.blocked = 0
        if watched.following == nil {
            watched.refreshing = Refreshing(
                diagnosis: order.diagnosis, plan: order.plan, at: uptime, hasLabel: result.hasLabel,
                wasDegraded: order.rollout.isDegraded)
        }
        watched.look(atLatest: uptime + Self.looksAfter[0])
        let consequence = order.plan.consequence.map { "; the controller \($0)" } ?? ""
        changes.append(watched.change(.refreshed, message: "wrote to \(result.text)\(consequence)"))
        if let failure = result.failure {
            var change = watched.change(.error, message: "not every object could be refreshed: \(failure)")
            change.failure = .refreshNotWritten
            changes.append(change)
        }
        return changes + conclude(watched, now: now, at: uptime)
    }

    private mutating func notRefreshed(
        _ order: RefreshOrder, _ result: RefreshResult, now: Timestamp, at uptime: Duration, random: Double
    ) -> [Change] {
        if let failure = result.failure {
            let message = "the refresh failed: \(failure)"
            return retry(order.rollout, message, isWrite: true, now: now, at: uptime, random: random).map { change in
                var change = change
                if change.kind == .error { change.failure = .refreshNotWritten }
                return change
            }
        }
        guard !result.missingRights.isEmpty, !result.isOvertaken, var watched = cases[RolloutID(order.rollout)] else {
            return retry(order.rollout, nil, isWrite: true, now: now, at: uptime, random: random)
        }
        watched.refreshTurn.blocked += 1
        watched.refreshTurn.notBefore =
            uptime + RefreshMark(time: now, count: watched.refreshTurn.blocked).interval
        watched.look(atLatest: watched.refreshTurn.notBefore)
        // Other steps may be due earlier, such as taking back a restart.
        watched.schedule.goOn(at: uptime, random: random)
        return conclude(watched, now: now, at: uptime)
    }

    /// Reports missing permissions, once for each namespace.
    private mutating func tellRights(_ rights: [String], of watched: WatchedCase) -> [Change] {
        let namespace = watched.id.namespace
        return rights.filter { toldRights.insert("\(namespace) \($0)").inserted }.map { right in
            let effect = right == "rollouts" ? "" : "; nothing is restarted there because of that"
            return watched.change(
                .error, message: "permission to patch \(right) in namespace \(namespace) is missing\(effect)")
        }
    }

    // MARK: Effect on the Rollout

    /// Updates a refresh by an evidence read: helped, failed, or still awaited.
    mutating func followRefresh(
        _ watched: inout WatchedCase, _ evidence: Evidence, now: Timestamp, at uptime: Duration
    ) -> [Change] {
        guard let refreshing = watched.refreshing else { return [] }
        let rollout = watched.rollout
        let elapsed = uptime - refreshing.at
        let isStuck = refreshing.diagnosis == .stuck
        var limit = isStuck ? Rollout.refreshPatience : Self.refreshLimit
        if case .live = evidence, rollout.isHelped(from: refreshing.diagnosis, evidence) {
            let isOnItsWay = rollout.health.phase == Health.progressing && watched.verdict == nil
            limit = Self.refreshLimit
            if !isOnItsWay || elapsed >= limit { return endRefresh(&watched, at: uptime) }
        } else if elapsed >= limit {
            watched.refreshing = nil
            return []
        } else if isStuck, ![.stuck, .unsettled, .stale].contains(watched.verdict?.diagnosis) {
            watched.refreshing = nil  // another diagnosis, which is reported
            return []
        }
        let begin = refreshing.labelledAt ?? refreshing.at
        let end = refreshing.at + limit
        watched.wait(until: min(Self.looksAfter.map { begin + $0 }.first { $0 > uptime } ?? end, end))
        return []
    }

    /// Ends a refresh if the Rollout alone shows that it needs no attention any more.
    func concludeRefresh(_ watched: inout WatchedCase, at uptime: Duration) -> [Change] {
        guard watched.refreshing != nil, !watched.rollout.mayNeedAttention, !watched.isBusy else { return [] }
        return endRefresh(&watched, at: uptime)
    }

    private func endRefresh(_ watched: inout WatchedCase, at uptime: Duration) -> [Change] {
        guard let refreshing = watched.refreshing else { return [] }
        watched.refreshing = nil
        if watched.verdict?.diagnosis.isControllersView == true { return [] }  // another diagnosis, which is reported
        let health = watched.rollout.health
        let elapsed = max(.zero, uptime - refreshing.at)
        if health.phase == Health.healthy {
            watched.told.diagnosis = nil
            watched.told.causes = []
            watched.finding = nil
            var change = watched.change(
                .recovered, message: "Healthy \(elapsed.inTenths) s after the refresh, no pod evicted")
            change.recovery = .init(
                by: .refresh, duration: elapsed, evicted: 0, isEarly: !refreshing.wasDegraded)
            return [change]
        }
        watched.told.diagnosis = watched.verdict?.diagnosis
        let reason = health.message.isEmpty ? "" : ", \(health.message)"
        return [watched.change(.found, message: "reconciled: \(health.phase)\(reason)")]
    }

    /// Reports that nothing is wrong any more that would be shown.
    func endTrouble(_ watched: inout WatchedCase) -> [Change] {
        guard let told = watched.told.diagnosis, case .none = watched.step else { return [] }
        let isHealthy = watched.rollout.health.phase == Health.healthy
        guard isHealthy || told.isControllersView else { return [] }
        watched.told.diagnosis = nil
        watched.told.causes = []
        let what =
            isHealthy
            ? "Healthy without a restart by rollout-heal" : "status is right again without a refresh by rollout-heal"
        return [watched.change(.recovered, message: what)]
    }

    // MARK: Controller lag

    /// Counts newly stale views again; returns a change when the controller begins to lag or keeps up again.
    mutating func updateLag(now: Timestamp, at uptime: Duration) -> Change? {
        guard settings.heals, lag.isDue(at: uptime) else { return nil }
        let count = cases.values.count { isNewlyStale($0, now: now, at: uptime) }
        guard lag.update(count, of: self.count, at: uptime) else { return nil }
        if isLagging {
            return Change(
                .error, gate: .storm,
                message:
                    "the controller lags: \(count) of \(self.count) Rollouts turned stale within the last minute; "
                    + "nothing is refreshed until it has kept up for a minute")
        }
        for id in cases.keys where cases[id]?.view.looks != nil { cases[id]?.look(atLatest: uptime) }
        return Change(.found, gate: .storm, message: "the controller keeps up again; refreshes resume")
    }

    private func isNewlyStale(_ watched: WatchedCase, now: Timestamp, at uptime: Duration) -> Bool {
        guard let since = watched.view.failingSince, let written = watched.view.written else { return false }
        let apart = settings.staleAfter
        return uptime - since >= min(ControllerLag.shortest, apart) && uptime - since < ControllerLag.window + apart
            && now - written < ControllerLag.window + apart
    }
}

extension Duration {
    /// Seconds with one decimal.
    fileprivate var inTenths: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
