import Formats
@testable import Rollouts

/// One process of ours: a ``Watchlist`` with its watch, evidence reads and writes, which may crash at any time.
final class ModelReplica {
    let name: String
    let cluster: ModelCluster
    let simulation: Simulation
    let ledger: Ledger
    /// The probability that a read fails.
    var failureRate = 0.0
    /// Whether writing is forbidden.
    var isForbidden = false
    /// Whether reading ReplicaSets is forbidden.
    var isBlind = false
    private(set) var isLeader = false
    private(set) var isAlive = false
    var list: Watchlist
    var witness: Witness
    private var life = 0
    private var bornAt: Int64 = 0
    private var offset: Int64 = 0
    private var cursor = 0
    private var isListing = false
    /// The number of lists; a new one ends the previous one.
    private var lists = 0
    private var isDelivering = false
    private var turnAt: Int64?

    init(_ name: String, _ cluster: ModelCluster) {
        self.name = name
        self.cluster = cluster
        simulation = cluster.simulation
        ledger = cluster.ledger
        list = Watchlist(cluster.planted(ledger.settings))
        witness = Witness(name, ledger, cluster.clocks)
    }

    var uptime: Duration { .milliseconds(simulation.time - bornAt) }
    var now: Timestamp { cluster.now.advanced(by: .seconds(offset)) }

    // MARK: Life

    func start() {
        guard !isAlive else { return }
        life += 1
        isAlive = true
        bornAt = simulation.time
        offset = cluster.pickOffset()
        list = Watchlist(cluster.planted(ledger.settings))
        witness = Witness(name, ledger, cluster.clocks)
        isDelivering = false
        turnAt = nil
        relist(mayBeStale: true)
    }

    /// Loses all state; requests in transit may still arrive.
    func crash() {
        simulation.say("\(name) crashes")
        life += 1
        isAlive = false
        isLeader = false
    }

    func setLeader(_ leads: Bool) {
        guard isAlive, leads != isLeader else { return }
        simulation.say("\(name) leads: \(leads)")
        isLeader = leads
        if leads {
            list.takeOver(at: uptime)
            plan()
        }
    }

    /// Crashes with a small probability, right after something was sent or stored. It leads again after its restart.
    private func mayCrash() {
        guard isAlive, !cluster.isCalm, simulation.chance.isLucky(0.03) else { return }
        let led = isLeader
        crash()
        simulation.after(simulation.chance.spread(500, 60_000)) { [unowned self] in
            start()
            if led { setLeader(true) }
        }
    }

    /// Whether it can heal everything that is due.
    var canHeal: Bool { isAlive && isLeader && list.isSynced && failureRate == 0 && !isForbidden && !isBlind }

    private func later(_ delay: Int64, _ work: @escaping () -> Void) {
        let born = life
        simulation.after(delay) { [unowned self] in
            if life == born { work() }
        }
    }

    private func tell(_ changes: [Change]) {
        for change in changes {
            simulation.say("\(name) \(change.kind.rawValue) \(change.id?.name ?? "") \(change.message)")
            witness.told(change, at: cluster.now)
        }
        witness.forget(but: list.cases)
    }

    // MARK: Its watch

    /// Lists the current state page by page; writes made meanwhile follow as events.
    ///
    /// - Parameter mayBeStale: whether the cache may lag behind, which only the first list accepts.
    func relist(mayBeStale: Bool = false) {
        guard isAlive else { return }
        isListing = true
        lists += 1
        cursor = cluster.log.count
        if mayBeStale, !cluster.isCalm, simulation.chance.isLucky(0.3) {
            cursor = max(0, cursor - Int(simulation.chance.spread(1, 50)))
        }
        offset = cluster.pickOffset()
        list.beginSnapshot()
        witness.beginSnapshot()
        page(cluster.rollouts(at: cursor)[...], of: lists)
    }

    private func page(_ rest: ArraySlice<Rollout>, of started: Int) {
        later(simulation.chance.spread(5, 3000)) { [unowned self] in
            guard lists == started else { return }
            if !cluster.isCalm, simulation.chance.isLucky(0.03) { return relist() }
            let size = Int(simulation.chance.pick(1...5))
            for rollout in rest.prefix(size) { see(rollout) }
            if rest.count > size { return page(rest.dropFirst(size), of: started) }
            tell(list.endSnapshot(now: now, at: uptime))
            witness.endSnapshot()
            isListing = false
            noticeWrites()
            plan()
        }
    }

    func noticeWrites() {
        guard isAlive, !isListing, !isDelivering, cursor < cluster.log.count else { return }
        isDelivering = true
        let isSlow = !cluster.isCalm && simulation.chance.isLucky(0.02)
        later(isSlow ? simulation.chance.spread(1000, 120_000) : simulation.chance.spread(2, 1000)) {
            [unowned self] in
            isDelivering = false
            guard !isListing else { return }
            deliver()
            noticeWrites()
        }
    }

    private func deliver() {
        let ready = cluster.log.count - cursor
        guard ready > 0 else { return }
        let count = simulation.chance.isLucky(0.8) ? ready : Int(simulation.chance.pick(1...Int64(ready)))
        for (id, rollout) in cluster.log[cursor..<(cursor + count)] {
            guard let rollout else {
                witness.removed(id)
                tell(list.remove(id, at: uptime))
                continue
            }
            see(rollout)
            if simulation.chance.isLucky(0.02) { see(rollout) }
        }
        cursor += count
        plan()
    }

    private func see(_ rollout: Rollout) {
        simulation.say("\(name) sees \(rollout.metadata.name) v\(rollout.metadata.resourceVersion ?? "")")
        let isCase = list.cases[RolloutID(rollout)] != nil
        witness.saw(rollout, isCase: isCase, now: now, at: uptime)
        tell(list.observe(rollout, now: now, at: uptime))
        plan()
    }

    // MARK: Its loop

    /// Schedules the next turn of the loop.
    private func plan() {
        guard let next = list.nextDue(at: uptime) else { return }
        let (seconds, attoseconds) = next.components
        let at = max(
            bornAt + seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000,
            simulation.time)
        if let turnAt, turnAt <= at { return }
        turnAt = at
        later(at - simulation.time) { [unowned self] in
            guard turnAt == at else { return }
            turnAt = nil
            turn()
        }
    }

    private func turn() {
        let (changes, looks) = list.due(now: now, at: uptime)
        tell(changes)
        for looked in looks {
            witness.looks(at: RolloutID(looked), at: uptime, now: cluster.now)
            later(simulation.chance.spread(2, 2000)) { [unowned self] in read(looked) }
        }
        witness.check(list, now: cluster.now)
        plan()
    }

    /// Reads the ReplicaSets; the response takes some time.
    private func read(_ looked: Rollout) {
        let id = RolloutID(looked)
        let fails = simulation.chance.isLucky(failureRate)
        var evidence = cluster.objects[id]?.evidence ?? .live([])
        // The ReplicaSets of a recreated object have another owner.
        if cluster.objects[id]?.rollout.metadata.uid != looked.metadata.uid { evidence = .live([]) }
        if isBlind { evidence = .forbidden }
        let readAt = uptime
        let isSlow = !cluster.isCalm && simulation.chance.isLucky(0.02)
        later(isSlow ? simulation.chance.spread(5000, 90_000) : simulation.chance.spread(1, 5000)) { [unowned self] in
            defer { plan() }
            if fails {
                let random = Double(simulation.chance.pick(0...999)) / 1000
                return tell(list.lookFailed(looked, "no answer", now: now, at: uptime, random: random))
            }
            offset = cluster.pickOffset()
            let random = Double(simulation.chance.pick(0...999)) / 1000
            let judgement = list.judge(
                looked, evidence, mayHeal: isLeader, now: now, at: uptime, random: random)
            tell(judgement.changes)
            if let order = judgement.refresh { refresh(order) }
            if let stalled = judgement.takeBack {
                if cluster.fault == .takeBack {
                    tell(list.takeBackFailed(stalled, nil, now: now, at: uptime, random: random))
                } else {
                    takeBack(stalled)
                }
            }
            guard let restart = judgement.restart else { return }
            simulation.say("\(name) restarts \(id.name) v\(restart.metadata.resourceVersion ?? "") at \(now.rfc3339)")
            witness.decided(on: restart, evidence, readAt: readAt, now: now, trueNow: cluster.now, at: uptime)
            write(restart, readAt: readAt)
        }
    }

    // MARK: Its writes

    private func refresh(_ order: RefreshOrder) {
        let id = RolloutID(order.rollout)
        simulation.say("\(name) refreshes \(id.name) \(order.step) \(order.plan.mark.text)")
        let born = life
        let fate = pickFate()
        simulation.after(simulation.chance.spread(1, 3000)) { [unowned self] in
            var result = RefreshResult()
            switch fate {
            case .refused: result.missingRights = ["replicasets/status", "rollouts"]
            case .busy, .neverArrives: result.failure = "no answer"
            case .answered, .arrivesLate, .answerLost:
                // Only a leader writes, and only while it is alive.
                if isLeader, life == born { result = cluster.refresh(order, on: id) } else { result.isOvertaken = true }
                if fate == .answerLost {
                    result = RefreshResult()
                    result.failure = "no answer"
                }
            }
            if life == born { mayCrash() }
            guard life == born else { return }
            later(simulation.chance.spread(1, 3000)) { [unowned self] in
                tell(list.refreshed(order, result, now: now, at: uptime, random: 0.5))
                witness.check(list, now: cluster.now)
                plan()
            }
        }
    }

    private func takeBack(_ rollout: Rollout) {
        let id = RolloutID(rollout)
        simulation.say("\(name) takes back \(id.name)")
        let born = life
        let fate = pickFate()
        simulation.after(simulation.chance.spread(1, 3000)) { [unowned self] in
            var isDone = false
            if [.answered, .arrivesLate, .answerLost].contains(fate), isLeader, life == born,
                let patch = RestartPatch.cancel(rollout, now: now)
            {
                isDone = cluster.takeBack(patch, of: id) && fate != .answerLost
            }
            if life == born { mayCrash() }
            guard life == born else { return }
            later(simulation.chance.spread(1, 3000)) { [unowned self] in
                tell(
                    isDone
                        ? list.takenBack(rollout, now: now, at: uptime)
                        : list.takeBackFailed(rollout, "no answer", now: now, at: uptime, random: 0.5))
                witness.check(list, now: cluster.now)
                plan()
            }
        }
    }

    private enum Fate { case answered, refused, busy, neverArrives, arrivesLate, answerLost }

    private func pickFate() -> Fate {
        if isForbidden { return .refused }
        if cluster.isCalm || !simulation.chance.isLucky(0.3) { return .answered }
        return simulation.chance.pick([.refused, .busy, .busy, .neverArrives, .arrivesLate, .answerLost, .answerLost])
    }

    private func write(_ rollout: Rollout, readAt: Duration) {
        let decided = offset
        later(simulation.chance.pick(0...5)) { [unowned self] in
            guard let patch = RestartPatch.restart(rollout, now: now) else {
                return finish(rollout) { $0.notWritten(rollout, now: $1, at: $2, random: 0.5) }
            }
            let hasJumped = cluster.clocks == .jumping && offset != decided
            // A plugin may need time for a credential.
            let asksPlugin = !cluster.isCalm && simulation.chance.isLucky(0.05)
            later(asksPlugin ? simulation.chance.spread(1000, 120_000) : 0) { [unowned self] in
                let isTooOld = uptime - readAt > .seconds(30) && cluster.fault != .evidence
                guard isLeader, !isTooOld else {
                    return finish(rollout) { $0.notWritten(rollout, "too old", now: $1, at: $2, random: 0.5) }
                }
                witness.sends(rollout, readAt: readAt, leads: isLeader, trueNow: cluster.now, at: uptime)
                send(patch, rollout, hasJumped: hasJumped)
            }
        }
    }

    private func send(_ patch: RestartPatch, _ rollout: Rollout, hasJumped: Bool) {
        let id = RolloutID(rollout)
        let process = "\(name) of life \(life)"
        let born = life
        let way = simulation.chance.spread(1, 3000)
        let back = simulation.chance.spread(1, 3000)
        func arrive(isAnswered: Bool) -> Bool {
            cluster.accept(patch, to: id, hasJumped: hasJumped, by: process, isAnswered: isAnswered)
        }
        switch pickFate() {
        case .answered:
            // Not `later`: a request in transit arrives even if its sender crashes.
            simulation.after(way) { [unowned self] in
                let isAccepted = arrive(isAnswered: true)
                if life == born { mayCrash() }
                guard life == born else { return }
                later(back) { [unowned self] in answered(rollout, patch, isAccepted) }
            }
        case .refused: later(way + back) { [unowned self] in failed(rollout) }
        case .busy:
            let after = Duration.milliseconds(simulation.chance.spread(1000, 60_000))
            later(way + back) { [unowned self] in
                finish(rollout) { $0.notWritten(rollout, "busy", after: after, now: $1, at: $2, random: 0.5) }
            }
        case .neverArrives: later(10_000) { [unowned self] in compare(rollout, patch) }
        case .arrivesLate:
            simulation.after(10_000 + way * 5) { _ = arrive(isAnswered: false) }
            later(10_000) { [unowned self] in compare(rollout, patch) }
        case .answerLost:
            simulation.after(way) { _ = arrive(isAnswered: false) }
            later(way + back) { [unowned self] in compare(rollout, patch) }
        }
        mayCrash()
    }

    /// The outcome is unknown: compares with the object, if it can be read.
    private func compare(_ rollout: Rollout, _ patch: RestartPatch) {
        later(simulation.chance.spread(2, 2000)) { [unowned self] in
            let stored = cluster.objects[RolloutID(rollout)]?.rollout
            if simulation.chance.isLucky(0.3) { return failed(rollout, patch) }
            offset = cluster.pickOffset()
            if let stored, stored.metadata.uid == patch.uid, stored.restartAt == patch.restartAt {
                return answered(rollout, patch, true)
            }
            later(1500) { [unowned self] in failed(rollout, patch) }
        }
    }

    private func answered(_ rollout: Rollout, _ patch: RestartPatch, _ isAccepted: Bool) {
        offset = cluster.pickOffset()
        guard isAccepted, let restartAt = patch.restartAt else {
            return finish(rollout) { $0.notWritten(rollout, isConflict: true, now: $1, at: $2, random: 0.5) }
        }
        witness.succeeded(rollout, restartAt, at: uptime)
        finish(rollout) {
            $0.restarted(
                rollout, restartAt: restartAt, attempt: patch.attempt?.count ?? 0,
                generation: rollout.metadata.generation.map { $0 + 1 }, now: $1, at: $2)
        }
    }

    /// - Parameter patch: a patch that may still be stored.
    private func failed(_ rollout: Rollout, _ patch: RestartPatch? = nil) {
        finish(rollout) {
            $0.restartFailed(rollout, "no answer", sent: patch?.restartAt, now: $1, at: $2, random: 0.5)
        }
    }

    private func finish(_ rollout: Rollout, _ end: (inout Watchlist, Timestamp, Duration) -> [Change]) {
        witness.writeEnded(RolloutID(rollout), uid: rollout.metadata.uid)
        tell(end(&list, now, uptime))
        if cluster.fault == .breaker { list.breaker = Breaker() }
        witness.check(list, now: cluster.now)
        plan()
    }
}
