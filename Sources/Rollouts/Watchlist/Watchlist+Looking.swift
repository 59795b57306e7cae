package import Formats

/// Looks: reading the ReplicaSets of what may be in trouble, and what follows from them.
extension Watchlist {
    /// What has happened by the passing of time, and the Rollouts to look at now; each has to be given back to ``judge``
    /// or ``lookFailed``.
    ///
    /// Those of a namespace share one list: whose look would come soon is among them.
    ///
    /// - Parameter mayLook: otherwise none is given.
    package mutating func due(
        now: Timestamp, at uptime: Duration, mayLook: Bool = true
    ) -> (changes: [Change], looks: [Rollout]) {
        var changes = expire(at: uptime)
        if isStormy, let change = updateStorm(now: now, at: uptime) { changes.append(change) }
        if let change = tellBreaker(at: uptime) { changes.append(change) }
        if isLagging, let change = updateLag(now: now, at: uptime) { changes.append(change) }
        coolDownEnds = coolDownEnds.filter { $0.value > uptime }
        guard mayLook else { return (changes, []) }
        var due = Set(
            cases.keys.filter { id in
                cases[id].flatMap { lookTime(of: $0, at: uptime) }.map { $0 <= uptime } ?? false
            })
        if !due.isEmpty {
            let namespaces = Set(due.map(\.namespace))
            for (id, watched) in cases where namespaces.contains(id.namespace) && !watched.isBusy {
                if watched.schedule.mayJoin(at: uptime) { due.insert(id) }
            }
        }
        let looks = due.sorted().compactMap { id in
            cases[id]?.work = .looking
            cases[id]?.schedule.clear()
            return cases[id]?.rollout
        }
        return (changes, looks)
    }

    /// Uptime at which ``due(now:at:)`` has something next; nil waits for a change.
    package func nextDue(at uptime: Duration, mayLook: Bool = true) -> Duration? {
        let next = cases.values.compactMap { watched in
            let look = mayLook ? lookTime(of: watched, at: uptime) : nil
            return [look, watched.following?.deadline, watched.following.flatMap(slowAt)].compactMap { $0 }.min()
        }.min()
        return [next, lag.nextCount, breaker.tellsAt].compactMap { $0 }.min()
    }

    /// Uptime at which to tell that a restart is slow.
    private func slowAt(_ following: WatchedCase.Following) -> Duration? {
        following.isToldSlow ? nil : following.began + settings.timeout
    }

    private func lookTime(of watched: WatchedCase, at uptime: Duration) -> Duration? {
        guard !watched.isBusy, let next = watched.schedule.allowedNext else { return nil }
        guard watched.schedule.waitsForRate, let free = rate.nextFree(namespace: watched.id.namespace, at: uptime)
        else { return next }
        return min(next, free)
    }

    /// What a look has led to.
    package struct Judgement: Sendable, Equatable {
        package var changes: [Change] = []
        /// To be restarted now.
        package var restart: Rollout?
        /// To be written now.
        package var refresh: RefreshOrder?
        /// Its restart is to be taken back now: nothing came of it.
        package var takeBack: Rollout?
    }

    /// Takes what a look has found; gives what to write now, if anything is to be.
    ///
    /// - Parameters:
    ///   - looked: as ``due(now:at:)`` gave it.
    ///   - mayHeal: we lead, and have not been told to stop.
    ///   - random: 0..<1, to spread what would come all at once.
    package mutating func judge(
        _ looked: Rollout, _ evidence: Evidence, mayHeal: Bool, now: Timestamp, at uptime: Duration, random: Double = 0
    ) -> Judgement {
        let id = RolloutID(looked)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else { return Judgement() }
        watched.work = .none
        watched.lastLook = uptime
        watched.failures.endLooks()
        watched.schedule.waitsForRate = false
        watched.schedule.isWaiting = false
        watched.refreshTurn.due = nil
        guard watched.rollout.isAlike(looked) else {
            // It has changed meanwhile: nothing is decided on what was.
            if watched.rollout.isOfInterest, !watched.rollout.isBeingDeleted {
                watched.look(atLatest: uptime + .milliseconds(100))
            }
            return Judgement(changes: conclude(watched, now: now, at: uptime))
        }
        var judgement = Judgement()
        take(&watched, evidence, now: now, at: uptime, random: random)
        let rollout = watched.rollout
        noteProgress(&watched, evidence, at: uptime)
        if settings.heals, settings.restarts, mayHeal, isSynced, watched.following == nil,
            rollout.hasStalledRestart(evidence, after: settings.timeout, now: now)
        {
            watched.work = .takingBack
            watched.schedule.clear()
            cases[id] = watched
            judgement.takeBack = rollout
            return judgement
        }
        judgement.changes += followRefresh(&watched, evidence, now: now, at: uptime)
        if let verdict = watched.verdict {
            judgement.changes += find(&watched, evidence, now: now)
            let look = Settle(verdict.diagnosis, of: rollout)
            if watched.view.settling?.look != look {
                watched.view.settling = (look, uptime)
                watched.schedule.startAnew()
            }
            if settings.heals, mayHeal, isSynced, watched.following == nil {
                heal(&watched, evidence, into: &judgement, now: now, at: uptime)
            }
        } else {
            watched.view.settling = nil
            judgement.changes += endTrouble(&watched)
        }
        if judgement.restart != nil, rollout.metadata.resourceVersion != looked.metadata.resourceVersion {
            // The evidence may be older than the Rollout: once more.
            judgement.restart = nil
            rate.giveBack(id)
            judgement.changes += leaveBreaker(id, at: uptime)
            watched.work = .none
            watched.look(atLatest: uptime + .milliseconds(100))
        }
        if !watched.isBusy { watched.schedule.goOn(at: uptime, random: random) }
        if watched.refreshTurn.due == nil, judgement.refresh == nil, let slot = watched.refreshTurn.slot {
            refreshRate.giveBack(slot.count)
            watched.refreshTurn.slot = nil
        }
        cases[id] = watched
        return judgement
    }

    /// Notes what the look shows, and judges it.
    private func take(
        _ watched: inout WatchedCase, _ evidence: Evidence, now: Timestamp, at uptime: Duration, random: Double
    ) {
        let rollout = watched.rollout
        var verdict = verdict(on: rollout, evidence, now: now, at: uptime, absentTimes: .young)
        let hasChanged = watched.view.take(
            rollout, evidence, isStuck: verdict?.diagnosis == .stuck, apart: settings.staleAfter,
            jitter: WatchedView.jitter(settings.staleAfter, random), at: uptime)
        if hasChanged { watched.schedule.startAnew() }
        if watched.view.isProven(max(settings.staleAfter, Rollout.longEnough), at: uptime) {
            // Where no object says when it was written, two looks do.
            verdict = self.verdict(on: rollout, evidence, now: now, at: uptime, absentTimes: .old)
        }
        if settings.staleAfter == .zero, watched.view.failingSince != nil, verdict?.diagnosis != .unreconciled {
            verdict = Verdict(diagnosis: .stale, isDue: false, heldBy: nil)
        }
        watched.finding = verdict.flatMap { verdict in
            guard rollout.needsAttention(verdict.diagnosis) else { return nil }
            let explanation = rollout.explanation(of: verdict.diagnosis, evidence, now: now)
            return WatchedCase.Finding(verdict: verdict, explanation: explanation)
        }
        watched.current = evidence.current(of: rollout)?.status
        guard watched.refreshing == nil, let second = watched.view.looks?.second else { return }
        if second > uptime {
            watched.wait(until: second)
        } else if watched.view.failingSince != nil, let written = watched.view.written {
            let left = Rollout.longEnough - (now - written)
            if left > .zero, left <= Rollout.longEnough { watched.wait(until: uptime + left) }
        }
    }

    /// A look that could not be taken: again, later and later.
    package mutating func lookFailed(
        _ looked: Rollout, _ message: String, now: Timestamp, at uptime: Duration, random: Double
    ) -> [Change] {
        retry(looked, message, isWrite: false, now: now, at: uptime, random: random)
    }

    /// The verdict, with the cool-down counted from the moment too that a restart was seen to be carried out.
    private func verdict(
        on rollout: Rollout, _ evidence: Evidence, now: Timestamp, at uptime: Duration, absentTimes: AbsentTimes
    ) -> Verdict? {
        var verdict = settings.rule.verdict(on: rollout, evidence, now: now, absentTimes: absentTimes)
        guard verdict?.restarts == true, let end = coolDownEnds[RolloutID(rollout)] else { return verdict }
        let left = end - uptime
        if left > .zero {
            let rounded = left.roundedUp
            verdict?.heldBy = Reading(
                .coolDown, isOpen: false,
                "a restart was carried out or taken back; no other for \(HumanDuration.text(rounded))",
                opensAt: now + rounded)
        }
        return verdict
    }
}

extension Duration {
    /// In whole seconds.
    fileprivate var roundedUp: Duration {
        .seconds(components.seconds + (components.attoseconds > 0 ? 1 : 0))
    }
}
