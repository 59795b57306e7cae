package import Formats

/// Schedules evidence reads of Rollouts that may be in trouble, and judges their results.
extension Watchlist {
    /// Changes due to the passing of time, and the Rollouts to read evidence for now; each must be passed to ``judge``
    /// or ``lookFailed``.
    ///
    /// Rollouts of a namespace share one list request, so those whose read is due soon join it.
    ///
    /// - Parameter mayLook: if false, returns no Rollouts.
    package mutating func due(
        now: Timestamp, at uptime: Duration, mayLook: Bool = true
    ) -> (changes: [Change], looks: [Rollout]) {
        var changes = expire(at: uptime) + endLeaving(at: uptime)
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

    /// Uptime at which ``due(now:at:)`` must be called next; nil until something changes.
    package func nextDue(at uptime: Duration, mayLook: Bool = true) -> Duration? {
        let next = cases.values.compactMap { watched in
            let look = mayLook ? lookTime(of: watched, at: uptime) : nil
            return [look, watched.following?.deadline, watched.following.flatMap(slowAt)].compactMap { $0 }.min()
        }.min()
        return [next, lag.nextCount, breaker.tellsAt].compactMap { $0 }.min()
    }

    /// Uptime at which to report a restart as slow.
    private func slowAt(_ following: WatchedCase.Following) -> Duration? {
        following.isToldSlow ? nil : following.began + settings.timeout
    }

    private func lookTime(of watched: WatchedCase, at uptime: Duration) -> Duration? {
        guard !watched.isBusy, let next = watched.schedule.allowedNext else { return nil }
        guard watched.schedule.waitsForRate, let free = rate.nextFree(namespace: watched.id.namespace, at: uptime)
        else { return next }
        return min(next, free)
    }

    /// The outcome of an evidence read.
    package struct Judgement: Sendable, Equatable {
        package var changes: [Change] = []
        /// The Rollout to restart now.
        package var restart: Rollout?
        /// The refresh to write now.
        package var refresh: RefreshOrder?
        /// The Rollout whose restart is to be taken back now, because it shows no progress.
        package var takeBack: Rollout?
    }

    /// Judges the result of an evidence read; returns the write to make now, if any.
    ///
    /// - Parameters:
    ///   - looked: the Rollout as ``due(now:at:)`` returned it.
    ///   - mayHeal: whether writes are allowed: this replica leads and is not stopping.
    ///   - random: 0..<1, spreads requests over time.
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
            // The Rollout has changed since: decide nothing on old evidence.
            if watched.rollout.isOfInterest, !watched.rollout.isBeingDeleted {
                watched.look(atLatest: uptime + .milliseconds(100))
            }
            return Judgement(changes: conclude(watched, now: now, at: uptime))
        }
        var judgement = Judgement()
        take(&watched, evidence, now: now, at: uptime, random: random)
        let rollout = watched.rollout
        noteProgress(&watched, evidence, at: uptime)
        if settings.heals, settings.restarts, mayHeal, isSynced, watched.following == nil, mayTakeBack(watched),
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
            if settings.heals, mayHeal, isSynced, watched.following == nil, !leaving.contains(id) {
                heal(&watched, evidence, into: &judgement, now: now, at: uptime)
            }
        } else {
            watched.view.settling = nil
            judgement.changes += endTrouble(&watched)
        }
        if judgement.restart != nil, rollout.metadata.resourceVersion != looked.metadata.resourceVersion {
            // The evidence may be older than the Rollout: read it again.
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

    /// Whether a stalled restart may be taken back: what opts out is left alone, but what this process armed is not left
    /// armed.
    private func mayTakeBack(_ watched: WatchedCase) -> Bool {
        if settings.rule.leavesAlone(watched.rollout) == nil { return true }
        guard let late = watched.past.late else { return false }
        return late.isOurs && late.restartAt == watched.rollout.restartAt
    }

    /// Records the evidence and its verdict.
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
            // If the objects have no write times, two equal reads prove the diagnosis.
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

    /// Schedules a failed evidence read again, backing off.
    package mutating func lookFailed(
        _ looked: Rollout, _ message: String, now: Timestamp, at uptime: Duration, random: Double
    ) -> [Change] {
        retry(looked, message, isWrite: false, now: now, at: uptime, random: random)
    }

    /// The verdict; the cool-down also counts from when a restart was seen to be carried out or taken back.
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
    /// Rounded up to whole seconds.
    fileprivate var roundedUp: Duration {
        .seconds(components.seconds + (components.attoseconds > 0 ? 1 : 0))
    }
}
