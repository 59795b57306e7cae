/// Looks: reading the ReplicaSets of what is in trouble, and what follows from them.
extension Watchlist {
    /// Without a change, what matches is looked at again, less and less often: the bug leaves a Rollout unchanged while
    /// pods die, and a ReplicaSet that is being scaled settles in a moment.
    static let firstLooksApart = Duration.seconds(2)
    static let longestLooksApart = Duration.seconds(30)

    /// What has happened by the passing of time, and the Rollouts to look at now; each has to be given back to ``judge``
    /// or ``lookFailed``.
    ///
    /// - Parameter mayLook: otherwise none is given.
    package mutating func due(
        now: Timestamp, at uptime: Duration, mayLook: Bool = true
    ) -> (changes: [Change], looks: [Rollout]) {
        var changes = expire(at: uptime)
        if isStormy, let change = updateStorm(now: now, at: uptime) { changes.append(change) }
        coolDownEnds = coolDownEnds.filter { $0.value > uptime }
        guard mayLook else { return (changes, []) }
        let due = cases.keys.filter { id in
            cases[id].flatMap { lookTime($0, id, at: uptime) }.map { $0 <= uptime } ?? false
        }
        let looks = due.sorted().compactMap { id in
            cases[id]?.isBusy = true
            cases[id]?.nextLook = nil
            return cases[id]?.rollout
        }
        return (changes, looks)
    }

    /// Uptime at which ``due(now:at:)`` has something next; nil waits for a change.
    package func nextDue(at uptime: Duration, mayLook: Bool = true) -> Duration? {
        cases.compactMap { id, watched in
            let look = mayLook ? lookTime(watched, id, at: uptime) : nil
            return [look, watched.following?.deadline].compactMap { $0 }.min()
        }.min()
    }

    private func lookTime(_ watched: WatchedCase, _ id: RolloutID, at uptime: Duration) -> Duration? {
        guard !watched.isBusy, let next = watched.nextLook.map({ max($0, watched.notBefore) }) else { return nil }
        guard watched.waitsForRate, let free = rate.nextFree(namespace: id.namespace, at: uptime) else { return next }
        return min(next, free)
    }

    /// Takes what a look has found; gives the Rollout to restart now, if it is to be.
    ///
    /// - Parameters:
    ///   - looked: as ``due(now:at:)`` gave it.
    ///   - mayHeal: we lead, and have not been told to stop.
    package mutating func judge(
        _ looked: Rollout, _ evidence: Evidence, mayHeal: Bool, now: Timestamp, at uptime: Duration
    ) -> (changes: [Change], restart: Rollout?) {
        let id = RolloutID(looked)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else { return ([], nil) }
        watched.isBusy = false
        watched.lastLook = uptime
        watched.failures = 0
        if !watched.failsToWrite { watched.toldFailure = nil }
        watched.waitsForRate = false
        guard watched.rollout.metadata.resourceVersion == looked.metadata.resourceVersion else {
            // It has changed meanwhile: nothing is decided on what was.
            if watched.rollout.isShown { watched.look(atLatest: uptime + .milliseconds(100)) }
            return (conclude(watched, id, now: now, at: uptime), nil)
        }
        defer { cases[id] = watched }
        watched.verdict = verdict(on: looked, evidence, now: now, at: uptime)
        watched.current = evidence.current(of: looked)?.status
        guard let verdict = watched.verdict else {
            watched.nextLook = nil
            return ([], nil)
        }
        watched.explanation = looked.explanation(of: verdict.diagnosis, evidence, now: now)
        watched.look(atLatest: uptime + min(Self.firstLooksApart * (1 << watched.quietLooks), Self.longestLooksApart))
        watched.quietLooks = min(watched.quietLooks + 1, 5)
        var changes = find(&watched, id, verdict, now: now)
        let look = Settle(verdict.diagnosis, of: looked)
        if watched.settling?.look != look {
            watched.settling = (look, uptime)
            watched.quietLooks = 0
        }
        guard settings.heals, mayHeal, isSynced, watched.following == nil else { return (changes, nil) }
        let (held, restarts) = decide(&watched, id, verdict, now: now, at: uptime)
        changes += held
        return (changes, restarts ? looked : nil)
    }

    /// A look that could not be taken: again, later and later.
    package mutating func lookFailed(
        _ looked: Rollout, _ message: String, now: Timestamp, at uptime: Duration, random: Double
    ) -> [Change] {
        retry(looked, message, isWrite: false, now: now, at: uptime, random: random)
    }

    /// The verdict, with the cool-down counted from the moment too that a restart was seen to be carried out.
    private func verdict(
        on rollout: Rollout, _ evidence: Evidence, now: Timestamp, at uptime: Duration
    ) -> Verdict? {
        var verdict = settings.rule.verdict(on: rollout, evidence, now: now)
        guard verdict?.restarts == true, let end = coolDownEnds[RolloutID(rollout)] else { return verdict }
        let left = end - uptime
        if left > .zero { verdict?.heldBy = .coolDown(until: now.adding(seconds: left.secondsRoundedUp)) }
        return verdict
    }

    /// Tells a diagnosis once; that our own restart is pending is no news.
    private func find(
        _ watched: inout WatchedCase, _ id: RolloutID, _ verdict: Verdict, now: Timestamp
    ) -> [Change] {
        guard watched.told != verdict.diagnosis, watched.following == nil else { return [] }
        watched.told = verdict.diagnosis
        let outlook =
            if verdict.restarts {
                settings.heals ? "to be restarted" : "a restart heals it"
            } else if let gate = verdict.heldBy {
                "not restarted: \(gate.explanation(now: now))"
            } else {
                "not restarted under \(settings.rule.policy.rawValue)"
            }
        return [
            watched.change(
                .found, id, gate: verdict.heldBy?.name, message: "\(watched.explanation); \(outlook)")
        ]
    }

    /// Every gate in turn, those of the object first; what closes one is told once.
    private mutating func decide(
        _ watched: inout WatchedCase, _ id: RolloutID, _ verdict: Verdict, now: Timestamp, at uptime: Duration
    ) -> (changes: [Change], restarts: Bool) {
        guard verdict.restarts else { return (hold(&watched, id, verdict, now: now), false) }
        let settled = (watched.settling?.at ?? uptime) + settings.settle
        guard settled <= uptime else {
            watched.look(atLatest: settled)
            return ([], false)
        }
        if let change = updateStorm(now: now, at: uptime) {
            return ([change], !isStormy && take(&watched, id, at: uptime))
        }
        if isStormy { return ([], false) }
        if take(&watched, id, at: uptime) { return ([], true) }
        watched.waitsForRate = true
        let message =
            rate.isBusy(id.namespace, at: uptime)
            ? "another restart is under way in the namespace"
            : "\(settings.maxPerMinute) restarts a minute are reached"
        return (watched.tellOnce("rate", message, id), false)
    }

    private mutating func take(_ watched: inout WatchedCase, _ id: RolloutID, at uptime: Duration) -> Bool {
        guard rate.take(id, at: uptime) else { return false }
        watched.isBusy = true
        watched.isWriting = true
        watched.nextLook = nil
        return true
    }

    private func hold(
        _ watched: inout WatchedCase, _ id: RolloutID, _ verdict: Verdict, now: Timestamp
    ) -> [Change] {
        guard let gate = verdict.heldBy else {
            let message =
                "\(watched.explanation); \(settings.rule.policy.rawValue) restarts \(settings.rule.policy.scope)"
            return watched.tellOnce("policy", message, id)
        }
        if case .coolDown(let end) = gate {
            watched.look(atLatest: (watched.lastLook ?? .zero) + .seconds(max(1, end.seconds(since: now))))
        }
        return watched.tellOnce(gate.name, gate.explanation(now: now), id)
    }

    /// Counts anew; a change when a storm begins or is over.
    private mutating func updateStorm(now: Timestamp, at uptime: Duration) -> Change? {
        if let last = stormCount, last.cases == cases.count, uptime - last.at < .seconds(1) { return nil }
        stormCount = (cases.count, uptime)
        let recent = cases.values.count { $0.matches && Storm.counts($0.since, now: now) }
        let rages = settings.storm.rages(recent: recent, watched: count)
        guard rages != isStormy else { return nil }
        isStormy = rages
        let window = Storm.window / 60
        return rages
            ? Change(
                .error, gate: "storm",
                message:
                    "\(recent) of \(count) Rollouts timed out in the last \(window) minutes: something larger is wrong; "
                    + "nothing is restarted until it is over")
            : Change(.found, gate: "storm", message: "the storm is over; restarts go on")
    }
}

extension Duration {
    fileprivate var secondsRoundedUp: Int64 {
        components.seconds + (components.attoseconds > 0 ? 1 : 0)
    }
}

extension WatchedCase {
    private static let mostCauses = 20

    /// Says what holds back, once until the next restart; giving up has a word of its own.
    fileprivate mutating func tellOnce(_ gate: String, _ message: String, _ id: RolloutID) -> [Change] {
        let cause = "\(gate) \(verdict?.diagnosis.rawValue ?? "") \(rollout.podHash ?? "")"
        if toldCauses.count == Self.mostCauses { toldCauses.removeAll() }  // of something that changes all the time
        guard toldCauses.insert(cause).inserted else { return [] }
        let kind: Change.Kind = if case .gaveUp = verdict?.heldBy { .gaveUp } else { .skipped }
        return [change(kind, id, gate: gate, message: message)]
    }
}
