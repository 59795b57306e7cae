/// Every Rollout in view, and what is to be done about those in trouble: the whole of `watch` without its requests.
///
/// Told of objects, evidence and the outcome of writes; says what to look at, what to restart and what has happened.
/// Nothing here waits or asks. `now` is the API server's time, which objects are compared with; `uptime` is our own, which
/// waiting is measured by. State that must outlive the process is on the objects.
package struct Watchlist: Sendable {
    package struct Settings: Sendable, Equatable {
        package var rule = HealRule(policy: .strict)
        /// Otherwise it only observes.
        package var heals = false
        /// The same diagnosis this long before a restart.
        package var settle = Duration.seconds(Settle.defaultDuration)
        package var storm = Storm()
        package var maxPerMinute = Rate.defaultPerMinute
        /// How long a restart may take to help.
        package var timeout = Duration.seconds(600)

        package init() {}
    }

    package let settings: Settings
    /// A list has been read to its end: before, nobody knows how many are in trouble.
    package private(set) var isSynced = false
    var cases: [RolloutID: WatchedCase] = [:]
    var rate: Rate
    /// The cool-down counts too from when a restart was seen to be carried out, or taken back: uptime at which it is over.
    var coolDownEnds: [RolloutID: Duration] = [:]
    /// The last restart of each that was seen to end: what its Rollout does later is no longer its doing.
    var endedRestarts: [RolloutID: Timestamp] = [:]
    package internal(set) var isStormy = false
    /// Cases and uptime when the storm was last counted.
    var stormCount: (cases: Int, at: Duration)?
    private var inventory = Inventory()

    package init(_ settings: Settings) {
        self.settings = settings
        rate = Rate(perMinute: settings.maxPerMinute, turn: settings.timeout)
    }

    /// Rollouts in view.
    package var count: Int { inventory.count }

    /// Rollouts in trouble, or on their way out of it.
    package var caseCount: Int { cases.count }

    /// A list begins.
    package mutating func beginSnapshot() {
        inventory.beginSnapshot()
    }

    /// The list is complete: what was not in it is gone.
    package mutating func endSnapshot(now: Timestamp, at uptime: Duration) -> [Change] {
        if !isSynced {
            isSynced = true
            for id in cases.keys { cases[id]?.look(atLatest: uptime) }
        }
        return inventory.unseen.flatMap { remove($0) }
    }

    /// A Rollout as it is now, from a list or a change.
    package mutating func observe(_ rollout: Rollout, now: Timestamp, at uptime: Duration) -> [Change] {
        let id = RolloutID(rollout)
        var changes: [Change] = []
        if inventory.insert(id, uid: rollout.metadata.uid) { changes += forget(id) }
        if let patched = cases[id]?.following?.patched, patched == rollout.metadata.resourceVersion { return changes }
        defer { noteEnd(of: rollout, now: now) }
        guard cases[id] != nil || rollout.isShown || isOnItsWay(rollout, now: now) else { return changes }
        var watched = cases[id] ?? WatchedCase(rollout)
        let pending = watched.rollout.hasUnfinishedRestart ? watched.rollout.restartAt : nil
        if let pending, rollout.restartedAt == pending { beginCoolDown(of: rollout, at: uptime) }
        let previous = watched.rollout.metadata.resourceVersion
        watched.rollout = rollout.trimmed
        watched.quietLooks = 0
        if watched.rollout.metadata.resourceVersion != previous { watched.failedWrites = 0 }
        if rollout.isShown {
            // A Rollout that changes all the time is looked at once a second.
            watched.look(atLatest: max(uptime, watched.lastLook.map { $0 + .seconds(1) } ?? uptime))
        } else {
            watched.verdict = nil
            watched.nextLook = nil
        }
        return changes + conclude(watched, id, now: now, at: uptime)
    }

    mutating func beginCoolDown(of rollout: Rollout, at uptime: Duration) {
        coolDownEnds[RolloutID(rollout)] = uptime + .seconds(settings.rule.coolDown(of: rollout))
    }

    /// A Rollout that is still there, though it cannot be read.
    package mutating func keep(_ id: RolloutID) {
        inventory.keep(id)
    }

    /// A Rollout that was deleted.
    package mutating func remove(_ id: RolloutID) -> [Change] {
        inventory.remove(id)
        return forget(id)
    }

    private mutating func forget(_ id: RolloutID) -> [Change] {
        coolDownEnds[id] = nil
        endedRestarts[id] = nil
        guard let watched = cases.removeValue(forKey: id) else { return [] }
        if watched.following != nil { rate.finish(id) }
        guard watched.told != nil || watched.following != nil else { return [] }
        return [watched.change(.deleted, id, message: "deleted")]
    }

    /// We lead now: what is due is due at once.
    package mutating func takeOver(at uptime: Duration) {
        for id in cases.keys where cases[id]?.nextLook != nil { cases[id]?.look(atLatest: uptime) }
    }
}

extension WatchedCase {
    mutating func look(atLatest uptime: Duration) {
        nextLook = nextLook.map { min($0, uptime) } ?? uptime
    }

    func change(_ kind: Change.Kind, _ id: RolloutID, gate: String? = nil, message: String) -> Change {
        Change(
            kind, id, uid: rollout.metadata.uid, diagnosis: verdict?.diagnosis, gate: gate, message: message,
            attempt: following?.attempt)
    }
}
