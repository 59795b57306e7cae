package import Formats

/// Every Rollout in view, and the steps for those in trouble: all of `watch` without its requests.
///
/// Takes objects, evidence and the results of writes; returns reads, refreshes, restarts and changes. Never waits or
/// sends requests. `now` is the API server's time, compared with times on objects; `uptime` is this process's own, for
/// measuring delays. State that must outlive the process is stored on the objects.
package struct Watchlist: Sendable {
    package struct Settings: Sendable, Equatable {
        package var rule = HealRule(policy: .strict)
        /// If false, `watch` only observes.
        package var heals = false
        /// If false, only refreshes are allowed.
        package var restarts = true
        /// Time between the two evidence reads that prove a stale view; with 0, the first is acted on.
        package var staleAfter = Duration.seconds(30)
        /// Time that a diagnosis must last before a restart.
        package var settle = Settle.defaultDuration
        package var storm = Storm()
        package var maxPerMinute = Rate.defaultPerMinute
        /// Maximum time that a restart may go without progress.
        package var timeout = Duration.seconds(300)

        package init() {}
    }

    package internal(set) var settings: Settings
    /// Whether a list has been read completely; before that, the number of Rollouts in trouble is unknown.
    package private(set) var isSynced = false
    var cases: [RolloutID: WatchedCase] = [:]
    var rate: Rate
    /// Limits the objects that refreshes write to: a burst of 50, then 10 a second.
    var refreshRate = TokenBucket(perSecond: 10, burst: 50)
    var lag = ControllerLag()
    package internal(set) var breaker = Breaker()
    /// Namespaces and permissions reported as missing.
    var toldRights: Set<String> = []
    /// Uptime at which the cool-down ends that began when a restart was seen to be carried out or taken back.
    var coolDownEnds: [RolloutID: Duration] = [:]
    /// The last restart of each Rollout that was seen to end; later trouble is not attributed to it.
    var endedRestarts: [RolloutID: Timestamp] = [:]
    package internal(set) var isStormy = false
    /// Number of cases and uptime of the last storm count.
    var stormCount: (cases: Int, at: Duration)?
    var inventory = Inventory()
    private(set) var others = OtherRollouts()
    /// Rollouts in excluded namespaces.
    var excluded = Inventory()
    /// Rollouts of namespaces no longer selected that stay in view until our restart of them has ended.
    var leaving: Set<RolloutID> = []

    package init(_ settings: Settings) {
        self.settings = settings
        rate = Rate(perMinute: settings.maxPerMinute, turn: settings.timeout)
    }

    /// Number of Rollouts in view.
    package var count: Int { inventory.count }

    /// Number of Rollouts in each state, in view and excluded.
    package var census: Census {
        let shown = cases.values.filter(\.isShown)
        let degraded = shown.count { $0.rollout.isDegraded }
        let onTheirWay = shown.count { Inventory.Condition($0.rollout) == .onItsWay }
        return Census(
            shown: shown.count, otherDegraded: max(0, (inventory.counts[.degraded] ?? 0) - degraded),
            inProgress: max(0, (inventory.counts[.onItsWay] ?? 0) - onTheirWay), excluded: excluded.count)
    }

    /// Whether the controller is late for many Rollouts; no refresh is written then.
    package var isLagging: Bool { lag.isLagging }

    /// Number of Rollouts that need an evidence read, are in trouble, or have a step under way.
    package var caseCount: Int { cases.count }

    /// Begins a new list.
    package mutating func beginSnapshot() {
        inventory.beginSnapshot()
        excluded.beginSnapshot()
    }

    /// Ends the list: removes the Rollouts that it did not contain.
    package mutating func endSnapshot(now: Timestamp, at uptime: Duration) -> [Change] {
        if !isSynced {
            isSynced = true
            for id in cases.keys { cases[id]?.look(atLatest: uptime) }
        }
        for id in excluded.unseen { excluded.remove(id) }
        return inventory.unseen.flatMap { remove($0, at: uptime) }
    }

    /// Takes the current version of a Rollout, from a list or a watch.
    package mutating func observe(_ rollout: Rollout, now: Timestamp, at uptime: Duration) -> [Change] {
        let id = RolloutID(rollout)
        var changes: [Change] = []
        if breaker.see(rollout) { changes += openBreaker(at: uptime) }
        if inventory.insert(rollout) { changes += forget(id) }
        others.note(rollout, now: now)
        if let patched = cases[id]?.following?.patched, patched == rollout.metadata.resourceVersion { return changes }
        defer { noteEnd(of: rollout, now: now) }
        guard cases[id] != nil || rollout.isOfInterest || isOnItsWay(rollout, now: now) else { return changes }
        let isNew = cases[id] == nil
        var watched = cases[id] ?? WatchedCase(rollout)
        let pending = watched.rollout.hasUnfinishedRestart ? watched.rollout.restartAt : nil
        if let pending, rollout.restartedAt == pending { beginCoolDown(of: rollout, at: uptime) }
        let previous = watched.rollout
        watched.rollout = rollout.trimmed
        noteProgress(&watched, since: previous, at: uptime)
        var isNews = isNew || !watched.rollout.isAlike(previous) || (watched.schedule.next == nil && !watched.isBusy)
        if rollout.metadata.resourceVersion != previous.metadata.resourceVersion, watched.failures.writes > 0 {
            watched.failures.writes = 0
            isNews = true
        }
        if !rollout.isOfInterest || rollout.isBeingDeleted {
            watched.finding = nil
            watched.schedule.clear()
            watched.view.forget()
        } else if isNews {
            watched.schedule.startAnew()
            watched.look(atLatest: max(uptime, watched.lastLook.map { $0 + pause(before: watched) } ?? uptime))
        }
        return changes + conclude(watched, now: now, at: uptime)
    }

    /// Minimum time between evidence reads of a Rollout that changes often: 1 s, or 5 s while it is not known to be in
    /// trouble, such as in an update.
    private func pause(before watched: WatchedCase) -> Duration {
        let isUrgent = watched.timeOut.matches || watched.told.diagnosis != nil || settings.staleAfter == .zero
        return isUrgent ? .seconds(1) : .seconds(5)
    }

    mutating func beginCoolDown(of rollout: Rollout, at uptime: Duration) {
        coolDownEnds[RolloutID(rollout)] = uptime + settings.rule.coolDown(of: rollout)
    }

    /// Counts a Rollout in an excluded namespace; nothing else is done with it.
    package mutating func exclude(_ rollout: Rollout) {
        _ = excluded.insert(rollout)
    }

    /// Keeps a Rollout that still exists but cannot be read.
    package mutating func keep(_ id: RolloutID) {
        inventory.keep(id)
    }

    /// Removes a Rollout that is deleted, or out of view because of `why`.
    package mutating func remove(_ id: RolloutID, because why: String = "deleted", at uptime: Duration) -> [Change] {
        inventory.remove(id)
        others.remove(id)
        excluded.remove(id)
        leaving.remove(id)
        return leaveBreaker(id, at: uptime) + forget(id, because: why)
    }

    private mutating func forget(_ id: RolloutID, because why: String = "deleted") -> [Change] {
        coolDownEnds[id] = nil
        endedRestarts[id] = nil
        guard let watched = cases.removeValue(forKey: id) else { return [] }
        if watched.following != nil { rate.finish(id) }
        if let slot = watched.refreshTurn.slot { refreshRate.giveBack(slot.count) }
        guard watched.told.diagnosis != nil || watched.following != nil else { return [] }
        return [watched.change(.deleted, message: why)]
    }

    /// Makes scheduled reads due at once, because this replica leads now.
    package mutating func takeOver(at uptime: Duration) {
        for id in cases.keys where cases[id]?.schedule.next != nil { cases[id]?.look(atLatest: uptime) }
    }
}
