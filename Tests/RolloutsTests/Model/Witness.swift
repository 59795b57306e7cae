import Formats
@testable import Rollouts

/// What one process has observed, reported and done in its life, with the invariants for it.
struct Witness {
    private struct Restart {
        var restartAt: Timestamp
        var version: Int
        var end: Duration
    }

    private let name: String
    private let ledger: Ledger
    private let clocks: ModelCluster.Clocks
    private var view: [RolloutID: Rollout] = [:]
    private var listed: Set<RolloutID> = []
    private var isSynced = false
    private var lastSight = Duration.zero
    /// Restarts in progress, as far as it can know.
    private var writing: [RolloutID: String?] = [:]
    private var restarts: [RolloutID: Restart] = [:]
    private var healed: [RolloutID: Timestamp] = [:]
    /// Since when the settling state is unchanged: hash and time of the timeout.
    private var settling: [RolloutID: Duration] = [:]
    /// Observed requests for restarts; a time set for later passes without an event.
    private var pending: [RolloutID: Timestamp] = [:]
    private var decisions: [RolloutID: [Duration]] = [:]
    private var carriedOut: [RolloutID: Duration] = [:]
    private var looks: [RolloutID: [Duration]] = [:]
    private var lookedAt: [RolloutID: Duration] = [:]
    private var found: [RolloutID: Diagnosis] = [:]
    private var causes: [RolloutID: Set<String>] = [:]

    private var settings: Watchlist.Settings { ledger.settings }

    init(_ name: String, _ ledger: Ledger, _ clocks: ModelCluster.Clocks) {
        self.name = name
        self.ledger = ledger
        self.clocks = clocks
    }

    // MARK: What it sees

    mutating func beginSnapshot() {
        listed = []
    }

    mutating func endSnapshot() {
        isSynced = true
        for id in view.keys where !listed.contains(id) { removed(id) }
    }

    mutating func removed(_ id: RolloutID) {
        view[id] = nil
        restarts[id] = nil
        healed[id] = nil
        pending[id] = nil
        carriedOut[id] = nil
    }

    /// - Parameter isCase: whether it was already a case.
    mutating func saw(_ rollout: Rollout, isCase: Bool, now: Timestamp, at uptime: Duration) {
        let id = RolloutID(rollout)
        listed.insert(id)
        lastSight = uptime
        if let old = view[id], old.metadata.uid != rollout.metadata.uid { removed(id) }
        if isCase, let old = view[id], old.hasUnfinishedRestart, rollout.restartedAt == old.restartAt {
            carriedOut[id] = uptime
        }
        let old = view[id]
        if old == nil || old?.podHash != rollout.podHash || old?.since != rollout.since { settling[id] = uptime }
        view[id] = rollout
        pending[id] = rollout.restartAt.flatMap { $0 <= now + .seconds(2) ? $0 : nil }
        // A paused Rollout is no longer restarting.
        let isWell = [Health.healthy, Health.paused].contains(rollout.status.phase)
        let isHealed = isWell && rollout.restartedAt == rollout.restartAt
        if isHealed { healed[id] = rollout.restartAt }
        endIfOver(id)
    }

    private mutating func endIfOver(_ id: RolloutID) {
        guard let restart = restarts[id], let rollout = view[id] else { return }
        let isReplaced = rollout.restartAt != restart.restartAt && Self.version(rollout) > restart.version
        if isReplaced || healed[id] == restart.restartAt { restarts[id] = nil }
    }

    private static func version(_ rollout: Rollout) -> Int {
        rollout.metadata.resourceVersion.flatMap { Int($0) } ?? 0
    }

    // MARK: What it does

    mutating func looks(at id: RolloutID, at uptime: Duration, now: Timestamp) {
        let recent = (looks[id] ?? []).filter { uptime - $0 < .seconds(10) } + [uptime]
        looks[id] = recent
        lookedAt[id] = uptime
        if recent.count == 60 { ledger.violate("\(name) looks at \(id.name) again and again", at: now) }
    }

    /// - Parameter readAt: when the server read the ReplicaSets on which the decision is based.
    mutating func decided(
        on rollout: Rollout, _ evidence: Evidence, readAt: Duration, now: Timestamp, trueNow: Timestamp,
        at uptime: Duration
    ) {
        let id = RolloutID(rollout)
        func violate(_ text: String) { ledger.violate("\(name), \(id.name): \(text)", at: trueNow) }
        if !isSynced { violate("restarted before the first list was complete") }
        if let seen = lookedAt[id], readAt < seen { violate("restarted on evidence of an earlier look") }
        if settings.rule.isStrict, evidence == .forbidden { violate("restarted without evidence") }
        let available = evidence.current(of: rollout)?.status.availableReplicas
        if settings.rule.isStrict {
            if available ?? -1 < rollout.spec.replicas ?? 1 { violate("restarted though pods are missing") }
        } else if let available, available < rollout.spec.replicas ?? 1 {
            violate("restarted though pods are missing")
        }
        if available != nil, evidence.hasOldPods(of: rollout), rollout.spec.strategy?.canary != nil {
            violate("old pods still run")
        }
        if let since = settling[id], uptime - since < settings.settle { violate("restarted before it has settled") }
        checkStorm(now: now, at: uptime, violate)
        checkNamespace(id, now: now, at: uptime, violate)
        let recent = (decisions[id] ?? []).filter { uptime - $0 < .seconds(60) } + [uptime]
        decisions[id] = recent
        if recent.count > 12 { violate("is decided on again and again") }
        let coolDown = max(settings.rule.coolDown, .seconds(rollout.spec.progressDeadlineSeconds ?? 600))
        if let seen = carriedOut[id], uptime - seen < coolDown {
            violate("restarted \((uptime - seen).components.seconds) s after a restart was carried out")
        }
        writing[id] = rollout.metadata.uid
    }

    private func checkStorm(now: Timestamp, at uptime: Duration, _ violate: (String) -> Void) {
        // It may count only once per second.
        guard uptime - lastSight > .seconds(1), clocks != .jumping else { return }
        let window = Duration.seconds(clocks == .exact ? 900 : 898)
        let recent = view.values.count { rollout in
            rollout.health.matches && rollout.since.map { now - $0 <= window } ?? false
        }
        guard recent >= 5, case .percent(let percent) = settings.storm.threshold, percent < 100 else { return }
        if recent * 100 > percent * view.count { violate("restarted in a storm") }
    }

    private func checkNamespace(_ id: RolloutID, now: Timestamp, at uptime: Duration, _ violate: (String) -> Void) {
        for other in writing.keys where other.namespace == id.namespace && view[other] != nil {
            violate("\(other.name) is being written in the same namespace")
        }
        for (other, restart) in restarts where other.namespace == id.namespace && other != id {
            if uptime < restart.end { violate("the restart of \(other.name) is on its way in the same namespace") }
        }
        guard clocks != .jumping else { return }
        for (other, rollout) in view where other.namespace == id.namespace && other != id {
            // With our count on it, and no update since.
            guard let labels = rollout.metadata.labels, labels[Marks.restarts] != nil,
                labels[Marks.podHash] == rollout.podHash, let restartAt = rollout.restartAt,
                restartAt == pending[other], now - restartAt < settings.timeout - .seconds(2),
                healed[other] != restartAt
            else { continue }
            violate("the restart of \(other.name), of another process, is on its way in the same namespace")
        }
    }

    /// A patch is sent; its sender no longer controls when and where it is stored.
    func sends(_ rollout: Rollout, readAt: Duration, leads: Bool, trueNow: Timestamp, at uptime: Duration) {
        func violate(_ text: String) { ledger.violate("\(name), \(rollout.metadata.name): \(text)", at: trueNow) }
        if uptime - readAt > .seconds(30) { violate("restarted on evidence of \(uptime - readAt) ago") }
        if !leads { violate("restarted by one that does not lead") }
    }

    mutating func writeEnded(_ id: RolloutID, uid: String?) {
        if writing[id] == uid { writing[id] = nil }
    }

    mutating func succeeded(_ rollout: Rollout, _ restartAt: Timestamp, at uptime: Duration) {
        let id = RolloutID(rollout)
        guard view[id]?.metadata.uid == rollout.metadata.uid else { return }
        restarts[id] = Restart(restartAt: restartAt, version: Self.version(rollout), end: uptime + settings.timeout)
        endIfOver(id)
    }

    // MARK: What it says

    mutating func told(_ change: Change, at now: Timestamp) {
        guard let id = change.id else { return }
        switch change.kind {
        case .found:
            if let diagnosis = change.diagnosis, found[id] == diagnosis {
                ledger.violate("\(name) finds \(id.name) \(diagnosis) twice", at: now)
            }
            found[id] = change.diagnosis
        case .skipped, .gaveUp:
            let cause = [change.gate?.rawValue, change.diagnosis?.rawValue, view[id]?.podHash].compactMap { $0 }
            if !causes[id, default: []].insert(cause.joined(separator: " ")).inserted {
                ledger.violate("\(name) tells of \(id.name) twice: \(cause)", at: now)
            }
        case .restarted: causes[id] = nil
        case .cancelled: restarts[id] = nil
        case .recovered, .deleted:
            found[id] = nil
            causes[id] = nil
        case .refreshed, .error: break
        }
    }

    /// Forgets causes of closed cases, which may be reported again.
    mutating func forget(but cases: [RolloutID: WatchedCase]) {
        causes = causes.filter { cases[$0.key] != nil }
    }

    // MARK: What it keeps

    func check(_ list: Watchlist, now: Timestamp) {
        func violate(_ text: String) { ledger.violate("\(name) \(text)", at: now) }
        if list.caseCount > view.count { violate("keeps cases of nobody") }
        for id in list.coolDownEnds.keys where view[id] == nil { violate("remembers \(id.name), which is gone") }
        for id in list.endedRestarts.keys where view[id] == nil {
            violate("remembers a restart of \(id.name), which is gone")
        }
        for (id, watched) in list.cases {
            guard !watched.isBusy, watched.rollout.matchesRule, watched.following == nil else { continue }
            if watched.schedule.next == nil { violate("will never look at \(id.name) again") }
        }
    }
}
