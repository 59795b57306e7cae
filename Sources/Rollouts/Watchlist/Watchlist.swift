package import Formats

/// Every Rollout in view, and what is to be done about those in trouble: the whole of `watch` without its requests.
///
/// Told of objects, evidence and the outcome of writes; says what to look at, what to refresh or restart and what has happened.
/// Nothing here waits or asks. `now` is the API server's time, which objects are compared with; `uptime` is our own, which
/// waiting is measured by. State that must outlive the process is on the objects.
package struct Watchlist: Sendable {
    package struct Settings: Sendable, Equatable {
        package var rule = HealRule(policy: .strict)
        /// Otherwise it only observes.
        package var heals = false
        /// Otherwise it only refreshes.
        package var restarts = true
        /// From the first look at a wrong view to the second, which is acted on; 0 acts on the first.
        package var staleAfter = Duration.seconds(30)
        /// The same diagnosis this long before a restart.
        package var settle = Settle.defaultDuration
        package var storm = Storm()
        package var maxPerMinute = Rate.defaultPerMinute
        /// Maximum time that a restart may go without progress.
        package var timeout = Duration.seconds(300)

        package init() {}
    }

    package let settings: Settings
    /// A list has been read to its end: before, nobody knows how many are in trouble.
    package private(set) var isSynced = false
    var cases: [RolloutID: WatchedCase] = [:]
    var rate: Rate
    /// Objects that refreshes write to: a burst of 50, then 10 a second.
    var refreshRate = TokenBucket(perSecond: 10, burst: 50)
    var lag = ControllerLag()
    package internal(set) var breaker = Breaker()
    /// Namespaces and rights that were told to be missing.
    var toldRights: Set<String> = []
    /// The cool-down counts too from when a restart was seen to be carried out, or taken back: uptime at which it is over.
    var coolDownEnds: [RolloutID: Duration] = [:]
    /// The last restart of each that was seen to end: what its Rollout does later is no longer its doing.
    var endedRestarts: [RolloutID: Timestamp] = [:]
    package internal(set) var isStormy = false
    /// Cases and uptime when the storm was last counted.
    var stormCount: (cases: Int, at: Duration)?
    private var inventory = Inventory()
    private(set) var others = OtherRollouts()
    /// Those in namespaces that are left alone.
    private var excluded = Inventory()

    package init(_ settings: Settings) {
        self.settings = settings
        rate = Rate(perMinute: settings.maxPerMinute, turn: settings.timeout)
    }

    /// Rollouts in view.
    package var count: Int { inventory.count }

    /// All in view and all that are left out of it, by what a summary tells of them.
    package var census: Census {
        let shown = cases.values.filter(\.isShown)
        let degraded = shown.count { $0.rollout.isDegraded }
        let onTheirWay = shown.count { Inventory.Condition($0.rollout) == .onItsWay }
        return Census(
            shown: shown.count, otherDegraded: max(0, (inventory.counts[.degraded] ?? 0) - degraded),
            inProgress: max(0, (inventory.counts[.onItsWay] ?? 0) - onTheirWay), excluded: excluded.count)
    }

    /// The controller is late for many: nothing is refreshed.
    package var isLagging: Bool { lag.isLagging }

    /// Rollouts that need a look, in trouble, or on their way out of it.
    package var caseCount: Int { cases.count }

    /// A list begins.
    package mutating func beginSnapshot() {
        inventory.beginSnapshot()
        excluded.beginSnapshot()
    }

    /// The list is complete: what was not in it is gone.
    package mutating func endSnapshot(now: Timestamp, at uptime: Duration) -> [Change] {
        if !isSynced {
            isSynced = true
            for id in cases.keys { cases[id]?.look(atLatest: uptime) }
        }
        for id in excluded.unseen { excluded.remove(id) }
        return inventory.unseen.flatMap { remove($0, at: uptime) }
    }

    /// A Rollout as it is now, from a list or a change.
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

    /// A Rollout that changes all the time is looked at once a second, and less often while nothing is the matter with it:
    /// in an update, say.
    private func pause(before watched: WatchedCase) -> Duration {
        let isUrgent = watched.timeOut.matches || watched.told.diagnosis != nil || settings.staleAfter == .zero
        return isUrgent ? .seconds(1) : .seconds(5)
    }

    mutating func beginCoolDown(of rollout: Rollout, at uptime: Duration) {
        coolDownEnds[RolloutID(rollout)] = uptime + settings.rule.coolDown(of: rollout)
    }

    /// A Rollout in a namespace that is left alone: it is counted, and nothing else.
    package mutating func exclude(_ rollout: Rollout) {
        _ = excluded.insert(rollout)
    }

    /// A Rollout that is still there, though it cannot be read.
    package mutating func keep(_ id: RolloutID) {
        inventory.keep(id)
    }

    /// A Rollout that was deleted.
    package mutating func remove(_ id: RolloutID, at uptime: Duration) -> [Change] {
        inventory.remove(id)
        others.remove(id)
        excluded.remove(id)
        return leaveBreaker(id, at: uptime) + forget(id)
    }

    private mutating func forget(_ id: RolloutID) -> [Change] {
        coolDownEnds[id] = nil
        endedRestarts[id] = nil
        guard let watched = cases.removeValue(forKey: id) else { return [] }
        if watched.following != nil { rate.finish(id) }
        if let slot = watched.refreshTurn.slot { refreshRate.giveBack(slot.count) }
        guard watched.told.diagnosis != nil || watched.following != nil else { return [] }
        return [watched.change(.deleted, message: "deleted")]
    }

    /// We lead now: what is due is due at once.
    package mutating func takeOver(at uptime: Duration) {
        for id in cases.keys where cases[id]?.schedule.next != nil { cases[id]?.look(atLatest: uptime) }
    }
}
