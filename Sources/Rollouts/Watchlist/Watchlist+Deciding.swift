internal import Formats

/// Decides what to report about a diagnosis, and which restart is due.
extension Watchlist {
    /// Reports a diagnosis once; not while a step is under way, nor `unsettled` after another diagnosis.
    func find(_ watched: inout WatchedCase, _ evidence: Evidence, now: Timestamp) -> [Change] {
        guard let finding = watched.finding, case .none = watched.step else { return [] }
        let verdict = finding.verdict
        guard watched.told.diagnosis != verdict.diagnosis,
            verdict.diagnosis != .unsettled || watched.told.diagnosis == nil
        else { return [] }
        watched.told.diagnosis = verdict.diagnosis
        let outlook =
            if let why = settings.rule.leavesAlone(watched.rollout) {
                "left alone: \(why)"
            } else if verdict.diagnosis.isControllersView {
                settings.heals ? "to be refreshed" : "a refresh should heal it"
            } else if verdict.restarts {
                switch (settings.heals, watched.rollout.action(for: verdict.diagnosis, evidence, now: now)) {
                case (true, .refresh): settings.restarts ? "to be refreshed, then restarted" : "to be refreshed"
                case (true, _): settings.restarts ? "to be restarted" : "a refresh did not help; nothing is restarted"
                case (false, .restart): "a restart may heal it"
                case (false, _): "a refresh, or else a restart, may heal it"
                }
            } else if let gate = verdict.heldBy {
                "not restarted: \(gate.reason)"
            } else {
                settings.restarts
                    ? "not restarted under \(settings.rule.policy.rawValue)" : "a refresh does not heal it"
            }
        var change = watched.change(
            .found, gate: verdict.heldBy?.gate, message: "\(finding.explanation); \(outlook)")
        change.action = watched.rollout.action(for: verdict.diagnosis, evidence, now: now)
        return [change]
    }

    /// Takes the next step of the ladder: a refresh or, if that did not help, a restart.
    mutating func heal(
        _ watched: inout WatchedCase, _ evidence: Evidence, into judgement: inout Judgement, now: Timestamp,
        at uptime: Duration
    ) {
        guard let verdict = watched.verdict else { return }
        if watched.refreshing != nil {
            judgement.refresh = labelOrder(&watched, evidence, now: now, at: uptime)
            return
        }
        switch watched.rollout.action(for: verdict.diagnosis, evidence, now: now) {
        case .refresh:
            let (changes, order) = refresh(&watched, evidence, now: now, at: uptime)
            judgement.changes += changes
            judgement.refresh = order
        case .restart where !settings.restarts, .none where verdict.restarts && !settings.restarts:
            judgement.changes += watched.tellOnce(.policy, "a restart may heal it; only refreshes are allowed")
        case .restart, .none:
            if verdict.diagnosis == .unsettled, verdict.heldBy == nil, !verdict.restarts { return }
            let (changes, restarts) = decide(&watched, now: now, at: uptime)
            judgement.changes += changes
            if restarts { judgement.restart = watched.rollout }
        }
    }

    /// Evaluates every gate in order, those of the Rollout first; reports a closed gate once.
    private mutating func decide(
        _ watched: inout WatchedCase, now: Timestamp, at uptime: Duration
    ) -> (changes: [Change], restarts: Bool) {
        guard watched.verdict?.restarts == true else { return (hold(&watched, now: now), false) }
        let settled = (watched.view.settling?.at ?? uptime) + settings.settle
        guard settled <= uptime else {
            watched.wait(until: settled)
            return ([], false)
        }
        if let change = updateStorm(now: now, at: uptime) {
            return ([change], !isStormy && !breaker.isClosed && takeTurn(&watched, at: uptime))
        }
        if isStormy || breaker.isClosed { return ([], false) }
        if takeTurn(&watched, at: uptime) { return ([], true) }
        watched.schedule.waitsForRate = true
        let message =
            rate.isBusy(watched.id.namespace, at: uptime)
            ? "another restart is in progress in the namespace"
            : "the limit of \(settings.maxPerMinute) restarts per minute is reached"
        return (watched.tellOnce(.rate, message), false)
    }

    private mutating func takeTurn(_ watched: inout WatchedCase, at uptime: Duration) -> Bool {
        guard rate.take(watched.id, at: uptime) else { return false }
        // Until the answer is known, the write counts as an unobserved restart.
        breaker.asked(
            watched.id, uid: watched.rollout.metadata.uid,
            generation: watched.rollout.metadata.generation.map { $0 + 1 },
            at: uptime)
        watched.work = .restarting
        watched.schedule.clear()
        return true
    }

    private func hold(_ watched: inout WatchedCase, now: Timestamp) -> [Change] {
        guard let finding = watched.finding else { return [] }
        guard let reading = finding.verdict.heldBy else {
            let scope =
                settings.restarts
                ? "\(settings.rule.policy.rawValue) restarts \(settings.rule.policy.scope)"
                : "a refresh does not heal it"
            return watched.tellOnce(.policy, "\(finding.explanation); \(scope)")
        }
        if let end = reading.opensAt {
            watched.look(atLatest: (watched.lastLook ?? .zero) + max(.seconds(1), end - now))
        }
        return watched.tellOnce(reading.gate, reading.reason)
    }

    /// Removes a restart that was not written, or a Rollout that is gone.
    mutating func leaveBreaker(_ id: RolloutID, at uptime: Duration) -> [Change] {
        breaker.forget(id) ? openBreaker(at: uptime) : []
    }

    /// Continues what was held back by the breaker, which has just opened.
    mutating func openBreaker(at uptime: Duration) -> [Change] {
        for id in cases.keys where cases[id]?.verdict?.restarts == true { cases[id]?.look(atLatest: uptime) }
        guard breaker.opened() else { return [] }
        return [Change(.found, gate: .breaker, message: "the controller observes restarts again; restarts resume")]
    }

    /// Reports once that the breaker has been closed for a while.
    mutating func tellBreaker(at uptime: Duration) -> Change? {
        guard breaker.isNews(at: uptime) else { return nil }
        let seconds = Breaker.patience.components.seconds
        return Change(
            .error, gate: .breaker,
            message:
                "the controller has not observed the last \(Breaker.limit) restarts within \(seconds) s: is it down? "
                + "nothing is restarted until it has")
    }

    /// Counts the time-outs again; returns a change when a storm begins or ends.
    mutating func updateStorm(now: Timestamp, at uptime: Duration) -> Change? {
        if let last = stormCount, last.cases == cases.count, uptime - last.at < .seconds(1) { return nil }
        stormCount = (cases.count, uptime)
        let recent = cases.values.count { $0.timeOut.matches && Storm.counts($0.timeOut.since, now: now) }
        let rages = settings.storm.rages(recent: recent, watched: count)
        guard rages != isStormy else { return nil }
        isStormy = rages
        if !rages {
            for id in cases.keys where cases[id]?.verdict?.restarts == true { cases[id]?.look(atLatest: uptime) }
        }
        let window = Storm.minutes
        return rages
            ? Change(
                .error, gate: .storm,
                message:
                    "\(recent) of \(count) Rollouts timed out in the last \(window) minutes: something larger is wrong; "
                    + "nothing is restarted until it is over")
            : Change(.found, gate: .storm, message: "the storm is over; restarts resume")
    }
}

extension WatchedCase {
    private static let mostCauses = 20

    /// Reports the cause that holds a step back once until the next restart; as GAVE_UP for the `attempts` gate.
    mutating func tellOnce(_ gate: Gate, _ message: String) -> [Change] {
        let cause = "\(gate.rawValue) \(verdict?.diagnosis.rawValue ?? "") \(rollout.podHash ?? "")"
        if told.causes.count == Self.mostCauses { told.causes.removeAll() }  // bounds memory if the cause changes often
        guard told.causes.insert(cause).inserted else { return [] }
        let kind: Change.Kind = verdict?.heldBy?.gate == .attempts ? .gaveUp : .skipped
        return [change(kind, gate: gate, message: message)]
    }
}
