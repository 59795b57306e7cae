internal import Formats
internal import KubeClient
internal import Rollouts

/// The steps for one Rollout; it is judged again after each.
extension HealRollouts {
    /// The pauses between reads after a refresh; the last one repeats.
    private static let pauses: [Duration] = [.milliseconds(300), .milliseconds(700), .seconds(1), .seconds(2)]

    func heal(
        _ listed: Rollout, of scope: Scope, after other: FirstRestart?, _ outcome: inout HealOutcome,
        _ progress: @escaping @Sendable (HealProgress) async -> Void
    ) async throws(RolloutHealError) {
        let id = RolloutID(listed)
        guard var look = try await settledLook(at: listed, of: scope) else { return }
        outcome.diagnosis = look.diagnosis
        outcome.lacksEvidence = look.evidence == .forbidden
        var first = look.diagnosis.map {
            RestartRollouts.FirstLook(look: Settle($0, of: look.rollout), at: api.time.uptime())
        }
        if let result = try await takeBackStalled(look) {
            outcome.result = result
            outcome.isTakenBack = true
            return
        }
        if let result = heldBack(look) {
            outcome.result = result
            return
        }
        let tried = look.diagnosis == .stuck ? look.rollout.markSinceTimeOut(look.evidence, now: look.now) : nil
        if let tried, !options.refreshOnly {
            // Refreshed since the timeout, by us or by another client.
            let left = tried.time + Rollout.refreshPatience - look.now
            if left > .zero, options.dryRun == .none {
                await progress(.settling(id, left))
                try await api.pause(left)
            }
        } else {
            if options.dryRun != .client, !options.force {
                await progress(.settling(id, options.staleAfter))
                guard let sure = try await secondLook(after: look, of: scope, &outcome) else { return }
                look = sure
            }
            try await refresh(look, of: scope, &outcome, progress)
            guard look.diagnosis == .stuck, case .notHealed(.refresh, _) = outcome.result, !options.refreshOnly,
                options.dryRun == .none
            else { return }
        }
        first?.isRefreshed = true
        try await restart(look, of: scope, since: first, after: other, &outcome, progress)
    }

    // MARK: Gates of a refresh

    /// Returns what holds a refresh back; nil if nothing does.
    func heldBack(_ look: Look) -> HealOutcome.Result? {
        let rollout = look.rollout
        guard let diagnosis = look.diagnosis else { return .nothing(phase: rollout.health.phase) }
        func held(_ gate: Gate, _ why: String) -> HealOutcome.Result {
            .held(gate: gate, diagnosis: diagnosis, why: why)
        }
        if let why = options.rule.leavesAlone(rollout) { return held(.optOut, why) }
        guard diagnosis.isControllersView || diagnosis == .stuck else {
            let gate: Gate = diagnosis == .deleting ? .deleting : diagnosis == .unsettled ? .settle : .policy
            return held(gate, rollout.explanation(of: diagnosis, look.evidence, now: look.now))
        }
        if !isSettled(look) { return held(.settle, "something changed just now") }
        if !options.force, diagnosis.isControllersView, let due = rollout.refreshDue(look.evidence, now: look.now),
            look.now < due
        {
            let age =
                rollout.latestMark(look.evidence, now: look.now).map {
                    HumanDuration.text(since: $0.time, now: look.now)
                } ?? "-"
            return held(
                .coolDown,
                "refreshed \(age) ago; next refresh in \(HumanDuration.text(due - look.now))")
        }
        if let closed = options.rule.closedWindow(forRefreshOf: rollout, look.evidence, now: look.now) {
            return held(.window, closed.reason)
        }
        return nil
    }

    // MARK: The refresh

    private func refresh(
        _ look: Look, of scope: Scope, _ outcome: inout HealOutcome,
        _ progress: @escaping @Sendable (HealProgress) async -> Void
    ) async throws(RolloutHealError) {
        let plan = RefreshPlan(of: look.rollout, look.evidence, now: look.now)
        guard options.dryRun != .client else {
            outcome.result = .would(.refresh, consequence: plan.consequence)
            return
        }
        let began = api.time.uptime()
        let uptime = api.time.uptime
        let isDryRun = options.dryRun == .server
        let pace = pace
        let closedWindow = { @Sendable [api, options] in options.rule.closedWindow(for: plan, now: api.now) }
        var writes = try await api.refresh(look.rollout, plan, isDryRun: isDryRun) {
            () async throws(RolloutHealError) in
            try await pace.wait()
        } isStillWanted: {
            uptime() - look.askedAt <= RestartRollouts.longestProof + .seconds(60) && closedWindow() == nil
        }
        outcome.writes = writes
        if writes.isNothing {
            outcome.result =
                if writes.failure == .api(.overtaken), let closed = closedWindow() {
                    .held(gate: .window, diagnosis: look.diagnosis, why: closed.reason)
                } else if let failure = writes.failure { .failed(failure) } else if writes.missingRights.isEmpty {
                    .gone
                } else { .denied(rights: writes.missingRights) }
            return
        }
        if isDryRun {
            outcome.result = .would(.refresh, consequence: plan.consequence)
            return
        }
        let reason = look.diagnosis.map { look.rollout.explanation(of: $0, look.evidence, now: look.now) } ?? ""
        await progress(.refreshed(RolloutID(look.rollout), writes, reason: reason, consequence: plan.consequence))
        outcome.result = try await helped(look, by: plan, writes: &writes, since: began, of: scope)
        outcome.writes = writes
    }

    /// Reads until the refresh has helped or its time is up; after a while the Rollout itself is labelled too.
    private func helped(
        _ before: Look, by plan: RefreshPlan, writes: inout RefreshWrites, since began: Duration, of scope: Scope
    ) async throws(RolloutHealError) -> HealOutcome.Result {
        let diagnosis = before.diagnosis ?? .stale
        var pauses = Self.pauses[...]
        var why = "no result was observed"
        while true {
            let elapsed = api.time.uptime() - began
            guard elapsed < options.patience else { break }
            try await api.pause(
                min(pauses.count > 1 ? pauses.removeFirst() : pauses[pauses.startIndex], options.patience - elapsed))
            do throws(RolloutHealError) {
                guard let look = try await look(at: before.rollout, of: scope, after: before) else { return .gone }
                let rollout = look.rollout
                let health = rollout.health
                let isHelped = rollout.isHelped(from: diagnosis, look.evidence)
                if isHelped, health.phase == Health.healthy {
                    return .healed(by: .refresh, after: api.time.uptime() - began, evicted: 0)
                }
                if isHelped, health.phase == Health.degraded, diagnosis != .stuck || !health.matches {
                    return .seenAgain(phase: health.phase, message: health.message)
                }
                // If no object has a write time, our own write makes the view unproven again.
                let word = look.isUnproven ? diagnosis : look.diagnosis ?? diagnosis
                why = isHelped ? "" : rollout.explanation(of: word, look.evidence, now: look.now)
                if isHelped, api.time.uptime() - began >= options.patience {
                    return .seenAgain(phase: health.phase, message: health.message)
                }
                let isLate = api.time.uptime() - began >= RefreshPlan.pauseBeforeLabel
                if !isHelped, isLate, !writes.hasLabel, !writes.missingRights.contains("rollouts"),
                    options.rule.leavesAlone(rollout) == nil,
                    options.rule.closedWindow(forRefreshOf: rollout, look.evidence, now: look.now) == nil
                {
                    writes.add(try await api.label(rollout, plan.mark))
                }
            } catch .api(.cancelled) {
                throw .api(.cancelled)
            } catch {
                why = error.message  // an unavailable server is no failed refresh
            }
        }
        return .notHealed(.refresh, why: why)
    }

    // MARK: The restart

    private func restart(
        _ look: Look, of scope: Scope, since first: RestartRollouts.FirstLook?, after other: FirstRestart?,
        _ outcome: inout HealOutcome, _ progress: @escaping @Sendable (HealProgress) async -> Void
    ) async throws(RolloutHealError) {
        if let refusal = outcome.writes?.refusal {
            outcome.result = refusal
            return
        }
        guard let fresh = try await self.look(at: look.rollout, of: scope, after: look) else {
            outcome.result = .gone
            return
        }
        guard fresh.diagnosis == .stuck else {
            outcome.result = heldBack(fresh) ?? .held(gate: .settle, diagnosis: fresh.diagnosis, why: "it has changed")
            return
        }
        let pods = fresh.evidence.current(of: fresh.rollout)?.status.replicas ?? fresh.rollout.desiredReplicas
        if options.dryRun == .client {
            outcome.result = .would(.restart, consequence: "evicts \(pods) pods")
            return
        }
        let restart = RestartRollouts(
            api, rule: options.rule, settle: options.settle, dryRun: options.dryRun, timeout: options.timeout)
        if let first, options.dryRun == .none {
            let left = first.at + options.settle - api.time.uptime()
            if left > .zero { await progress(.settling(RolloutID(fresh.rollout), left)) }
        }
        let made = await restart.one(fresh.rollout, of: scope, since: first, after: other)
        switch made.result {
        case .restarted(let at, let attempt, _) where options.dryRun == .none:
            await progress(.restarted(RolloutID(fresh.rollout), at: at, attempt: attempt))
            guard options.waits else {
                outcome.result = .begun(attempt: attempt)
                return
            }
            let began = api.time.uptime()
            switch try await follow(fresh.rollout, at: at, before: made.before, progress) {
            case .recovered?:
                outcome.result = .healed(by: .restart, after: api.time.uptime() - began, evicted: pods)
            case .takenBack?:
                outcome.result = .notHealed(.restart, why: Self.takenBack(at))
                outcome.isTakenBack = true
            case .notRecovered(let why)?: outcome.result = .notHealed(.restart, why: why)
            case nil: outcome.result = .notHealed(.restart, why: "no result was observed")
            }
        case .unobserved(let isTakenBack):
            outcome.isTakenBack = isTakenBack
            outcome.result = .notHealed(
                .restart,
                why: "the controller has not observed it: is it down?"
                    + (isTakenBack ? " It was taken back: no pod was evicted" : ""))
        case .denied(let rights): outcome.result = .denied(rights: rights)
        case .restarted, .cancelled, .refreshed: outcome.result = .would(.restart, consequence: "evicts \(pods) pods")
        case .skipped(let skip):
            outcome.result = .held(
                gate: skip.verdict?.heldBy?.gate ?? .policy, diagnosis: skip.verdict?.diagnosis, why: skip.why)
        case .failed(let error): throw error
        }
    }

    private func follow(
        _ rollout: Rollout, at restartAt: Timestamp, before: [String: String]?,
        _ progress: @escaping @Sendable (HealProgress) async -> Void
    ) async throws(RolloutHealError) -> FollowOutcome.Result? {
        let id = RolloutID(rollout)
        let restart = FollowRestarts.Restart(id, restartAt: restartAt, before: before)
        let last = Kept<FollowOutcome.Result>()
        do throws(RolloutHealError) {
            try await FollowRestarts(api, timeout: options.timeout).follow(
                [restart], progress: { await progress(.following($0)) }, report: { await last.keep($0.result) })
        } catch {
            await progress(.interrupted(id, await last.value))
            throw error
        }
        return await last.value
    }
}

/// Keeps the last value passed to a callback.
private actor Kept<Value: Sendable> {
    private(set) var value: Value?

    func keep(_ value: Value) { self.value = value }
}
