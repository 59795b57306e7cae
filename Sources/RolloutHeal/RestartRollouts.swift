internal import Formats
package import KubeClient
package import Rollouts

/// Restarts Rollouts once each, on evidence that is read right before the write.
package struct RestartRollouts: Sendable {
    let api: RolloutAPI
    /// Policy and limits, and the storm state from when the candidates were read.
    package var rule: HealRule {
        didSet { refreshing?.options.rule.optIn = rule.optIn }
    }
    /// The time between the two matching reads.
    let settle: Duration
    let dryRun: RestartOutcome.DryRun
    /// The time limit for a restart to show an effect.
    let timeout: Duration
    /// The time limit for the answer to a patch that is on its way when the task is cancelled.
    var grace = Duration.seconds(10)
    /// Refreshes stuck Rollouts that were not refreshed yet; nil skips the refresh.
    private var refreshing: HealRollouts?
    /// Receives progress reports of the refresh.
    package var progress: @Sendable (HealProgress) async -> Void = { _ in }

    package init(
        _ api: RolloutAPI, rule: HealRule, settle: Duration = Settle.defaultDuration,
        dryRun: RestartOutcome.DryRun = .none, timeout: Duration = .seconds(300), refreshing: HealRollouts? = nil
    ) {
        self.api = api
        self.rule = rule
        self.settle = settle
        self.dryRun = dryRun
        self.timeout = timeout
        self.refreshing = refreshing
    }

    /// Returns the Rollouts that may need a restart: the named ones, or all in `scope` that match the rule.
    ///
    /// - Parameter progress: called whenever more of the list has arrived; not for names.
    /// - Throws: ``RolloutHealError`` if the list fails; an unreadable Rollout is a failure in the result.
    package func candidates(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)? = nil
    ) async throws(RolloutHealError) -> ReadRollouts {
        try await api.candidates(
            scope, progress: progress, canBeWanted: { !Rollout.isPlainlyWell($0) }, wanted: \.matchesRule)
    }

    /// What would be done now, for the user to confirm.
    package struct Plan: Sendable {
        package var due: [Rollout] = []
        /// The assessments of the Rollouts in ``due``.
        package var assessments: [Assessment] = []
        /// The outcomes of the rest: skipped, or not judged.
        package var others: [RestartOutcome] = []
    }

    /// Judges all candidates by one evidence read: those that are due, and the outcomes of the others.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; other failures are outcomes.
    package func plan(_ candidates: [Rollout]) async throws(RolloutHealError) -> Plan {
        let evidence = try await api.evidence(for: candidates.filter { rule.needsEvidence(for: $0) })
        let now = api.now
        var plan = Plan()
        for rollout in candidates {
            func add(_ result: RestartOutcome.Result, lacksEvidence: Bool = false) {
                plan.others.append(
                    RestartOutcome(RolloutID(rollout), result, lacksEvidence: lacksEvidence))
            }
            switch evidence[RolloutID(rollout)] ?? .success(.notGiven) {
            case .failure(let error): add(.failed(error))
            case .success(let evidence):
                do throws(RolloutHealError) {
                    if let skip = try skip(rollout, evidence, now: now) {
                        add(.skipped(skip), lacksEvidence: evidence == .forbidden)
                    } else {
                        plan.due.append(rollout)
                        plan.assessments.append(Assessment(rollout, evidence, by: rule, now: now))
                    }
                } catch {
                    add(.failed(error))
                }
            }
        }
        return plan
    }

    /// Returns why `rollout` is not restarted now; nil if it is due.
    ///
    /// - Throws: ``RolloutHealError/clocksApart(by:)``: gates compare times of both clocks.
    private func skip(
        _ rollout: Rollout, _ evidence: Evidence, budgets: Budgets = .notAsked, now: Timestamp
    ) throws(RolloutHealError) -> RestartOutcome.Skip? {
        let health = rollout.health
        guard let verdict = rule.verdict(on: rollout, evidence, budgets, now: now) else {
            let why = health.message.isEmpty ? "nothing to heal" : health.message
            return RestartOutcome.Skip(verdict: nil, phase: health.phase, why: why)
        }
        if verdict.isDue, let clockError = api.clockError { throw clockError }
        if verdict.restarts { return nil }
        let why = verdict.heldBy?.reason ?? rollout.explanation(of: verdict.diagnosis, evidence, now: now)
        return RestartOutcome.Skip(verdict: verdict, phase: health.phase, why: why)
    }

    /// Judges each of `candidates` again and restarts those that are due, concurrently; a failure does not stop the
    /// others.
    ///
    /// - Parameters:
    ///   - scope: the selection that they came from; a changed Rollout must still belong to it.
    ///   - report: receives each outcome, one at a time.
    /// - Throws: ``RolloutHealError`` if cancelled, or if the PodDisruptionBudgets for several Rollouts cannot be read.
    package func restart(
        _ candidates: [Rollout], of scope: Scope, report: @escaping @Sendable (RestartOutcome) async -> Void
    ) async throws(RolloutHealError) {
        let first = candidates.count > 1 ? FirstRestart() : nil
        for start in stride(from: 0, to: candidates.count, by: Self.lookedAtTogether) {
            let some = Array(candidates[start..<min(start + Self.lookedAtTogether, candidates.count)])
            let askedAt = await api.client.readyAt()
            // The server reads a whole namespace to list the ReplicaSets of one Rollout, so many Rollouts share a read.
            let answers = try await api.answers(for: some.count > 1 ? some.filter(rule.needsEvidence) : [])
            let namespaces = Set(answers.keys.map(\.namespace)).sorted()
            let budgets = try await inParallel(namespaces) { namespace async throws(RolloutHealError) in
                (namespace, try await api.budgets(namespace: namespace))
            }
            let budgetsOf = Dictionary(budgets) { $1 }
            _ = try await inParallel(some) { rollout async throws(RolloutHealError) in
                let seen = (try? answers[RolloutID(rollout)]?.get()).map {
                    Seen(evidence: $0, budgets: budgetsOf[RolloutID(rollout).namespace], askedAt: askedAt)
                }
                let outcome = await heal(rollout, of: scope, seen, after: first)
                if outcome.result == .failed(.api(.cancelled)) { throw .api(.cancelled) }
                await report(outcome)
            }
        }
    }

    private static let lookedAtTogether = 64

    /// Evidence that was read for several Rollouts, with the uptime when it was requested.
    private struct Seen: Sendable {
        /// The maximum age; then each Rollout is read again.
        static let longest = Duration.seconds(5)

        var evidence: Evidence
        var budgets: Budgets?
        var askedAt: Duration
    }

    /// The first of the two matching reads, with its uptime.
    struct FirstLook: Sendable {
        var look: Settle
        var at: Duration
        /// Whether a refresh has had its time to help since.
        var isRefreshed = false
    }

    /// Judges one Rollout again and restarts it if it is due.
    ///
    /// - Parameter first: the restart that goes before the others, if this is one of many.
    func one(
        _ listed: Rollout, of scope: Scope, since look: FirstLook?, after first: FirstRestart?
    ) async -> RestartOutcome {
        await heal(listed, of: scope, nil, since: look, after: first)
    }

    private func heal(
        _ listed: Rollout, of scope: Scope, _ seen: Seen? = nil, since look: FirstLook? = nil,
        after first: FirstRestart? = nil
    ) async -> RestartOutcome {
        var outcome = RestartOutcome(RolloutID(listed), .cancelled)
        var open = OpenRestarts()
        var turn = FirstRestart.Turn?.none
        do throws(RolloutHealError) {
            try await heal(
                listed, of: scope, seen, since: look, outcome: &outcome, open: &open, turn: &turn, after: first)
        } catch {
            outcome.result = await left(listed, open, by: error)
        }
        if turn == .first {
            outcome.result = await observed(listed, outcome.result)
            switch outcome.result {
            case .restarted: await first?.ended(.observed)
            case .unobserved: await first?.ended(.unobserved)
            default: await first?.ended(.notMade)
            }
        }
        return outcome
    }

    private func heal(
        _ listed: Rollout, of scope: Scope, _ given: Seen?, since look: FirstLook?, outcome: inout RestartOutcome,
        open: inout OpenRestarts, turn: inout FirstRestart.Turn?, after first: FirstRestart?
    ) async throws(RolloutHealError) {
        var rollout = listed
        var seen = given
        var bounds = Bounds(name: listed.metadata.name, api)
        while true {
            defer { seen = nil }
            switch try await decide(on: rollout, of: scope, seen, since: look, &outcome.lacksEvidence) {
            case .skip(let skip):
                outcome.result = try await ended(rollout, skip: skip, open: open)
                return
            case .other(let result):
                outcome.result = result
                return
            case .restart(let settled, let diagnosis, let askedAt, let before):
                var isToBeJudgedAgain = false
                if turn == nil, dryRun == .none, let first {
                    let given = await first.turn()
                    turn = given.turn
                    isToBeJudgedAgain = given.hasWaited
                }
                if turn == .closed {
                    outcome.result = .skipped(.unobserved(settled, diagnosis))
                    return
                }
                if isToBeJudgedAgain { break }
                if let why = try await withdrawnOptIn(of: settled) {
                    let verdict = Verdict(diagnosis: diagnosis, isDue: true, heldBy: nil)
                    outcome.result = .skipped(held(settled, verdict, by: Reading(.optOut, isOpen: false, why)))
                    return
                }
                outcome.before = before
                outcome.pods = settled.desiredReplicas
                switch try await restart(settled, askedAt: askedAt) {
                case .done(let result):
                    outcome.result = result
                    return
                case .again(let again):
                    if let sent = again.sent { open.insert(sent) }
                    try bounds.count(again)
                    try await api.pause(again.pause)
                }
            }
            guard let chosen = try await rereadChosen(rollout, of: scope) else {
                outcome.result = try await ended(rollout, skip: .notChosen(rollout), open: open)
                return
            }
            rollout = chosen
            if let ours = open.found(in: rollout) {
                outcome.result = ours
                return
            }
        }
    }

    /// Returns the outcome; the gate that holds `rollout` back may be a restart of ours that was stored late.
    private func ended(
        _ rollout: Rollout, skip: RestartOutcome.Skip, open: OpenRestarts
    ) async throws(RolloutHealError) -> RestartOutcome.Result {
        guard !open.isEmpty, let ours = open.found(in: try await reread(rollout)) else { return .skipped(skip) }
        return ours
    }

    private enum Decision {
        /// Includes the uptime when the evidence was requested, and the ReplicaSets' resourceVersions if they were
        /// read.
        case restart(Rollout, Diagnosis, askedAt: Duration, before: [String: String]?)
        case skip(RestartOutcome.Skip)
        /// A refresh was the only step.
        case other(RestartOutcome.Result)
    }

    /// Reads the evidence after the Rollout and right before the write, and decides. A stuck Rollout is refreshed
    /// first, and must show the same in two reads.
    private func decide(
        on first: Rollout, of scope: Scope, _ given: Seen?, since look: FirstLook?, _ lacksEvidence: inout Bool
    ) async throws(RolloutHealError) -> Decision {
        var rollout = first
        var seen = given.flatMap { seen in
            let isFresh = api.time.uptime() - seen.askedAt <= Seen.longest
            return isFresh && first.diagnosis(seen.evidence, now: api.now) != .unsettled ? seen : nil
        }
        var settling = look
        var changes = 0
        var isRefreshed = look?.isRefreshed ?? false
        while true {
            defer { seen = nil }
            var askedAt = await api.client.readyAt()
            let evidence: Evidence
            if let seen {
                evidence = seen.evidence
                askedAt = seen.askedAt
            } else {
                evidence = rule.needsEvidence(for: rollout) ? try await api.evidence(for: rollout) : .notGiven
            }
            lacksEvidence = evidence == .forbidden
            if let skip = try skip(rollout, evidence, now: api.now) { return .skip(skip) }
            guard rule.policy != .rule else {
                let diagnosis = rollout.diagnosis(evidence, now: api.now) ?? .stuck
                return .restart(rollout, diagnosis, askedAt: askedAt, before: nil)
            }
            let budgets: Budgets =
                if let known = seen?.budgets { known } else {
                    try await api.budgets(namespace: rollout.metadata.namespace ?? "")
                }
            let now = api.now
            if let skip = try skip(rollout, evidence, budgets: budgets, now: now) { return .skip(skip) }
            guard let verdict = rule.verdict(on: rollout, evidence, budgets, now: now) else { continue }
            let look = Settle(verdict.diagnosis, of: rollout)
            if settling?.look != look {
                if settling != nil { changes += 1 }
                guard changes <= Self.mostChanges else {
                    return .skip(held(rollout, verdict, by: Reading(.settle, isOpen: false, "it keeps changing")))
                }
                settling = FirstLook(look: look, at: api.time.uptime())
            }
            var pause = Duration.zero
            if !isRefreshed, let policy = rule.missingRefresh(of: rollout, verdict.diagnosis, evidence, now: now) {
                isRefreshed = true
                if let opensAt = policy.opensAt, dryRun == .none {
                    pause = opensAt - now
                } else if policy.opensAt == nil, let refreshing {
                    if let ended = await refreshed(rollout, of: scope, by: refreshing) { return .other(ended) }
                } else {
                    return .skip(held(rollout, verdict, by: policy))
                }
            } else if dryRun != .none || (settling?.at ?? .zero) + settle <= api.time.uptime() {
                let before = evidence == .forbidden ? nil : evidence.versions(of: rollout)
                return .restart(rollout, verdict.diagnosis, askedAt: askedAt, before: before)
            } else if let settling {
                pause = settling.at + settle - api.time.uptime()
            }
            if pause > .zero { try await api.pause(pause) }
            guard let again = try await rereadChosen(rollout, of: scope) else { return .skip(.notChosen(rollout)) }
            rollout = again
        }
    }

    /// The number of changes while settling after which a Rollout is left alone.
    private static let mostChanges = 2

    private func held(_ rollout: Rollout, _ verdict: Verdict, by reading: Reading) -> RestartOutcome.Skip {
        var verdict = verdict
        verdict.heldBy = reading
        return .init(verdict: verdict, phase: rollout.health.phase, why: reading.reason)
    }

    /// Refreshes the Rollout; nil if it is still stuck, so that a restart follows.
    private func refreshed(
        _ rollout: Rollout, of scope: Scope, by refreshing: HealRollouts
    ) async -> RestartOutcome.Result? {
        let outcome = await refreshing.one(rollout, of: scope, progress: progress)
        var result = outcome.result
        if case .notHealed = result, let refusal = outcome.writes?.refusal { result = refusal }
        switch result {
        case .notHealed where outcome.diagnosis == .stuck: return nil
        case .notHealed(_, let why):
            let verdict = outcome.diagnosis.map { Verdict(diagnosis: $0, isDue: false, heldBy: nil) }
            return .skipped(.init(verdict: verdict, phase: rollout.health.phase, why: why))
        case .healed(_, let after, _): return .refreshed(after: after)
        case .seenAgain(let phase, let message):
            return .skipped(.init(verdict: nil, phase: phase, why: "reconciled after a refresh: \(message)"))
        case .held(let gate, let diagnosis, let why):
            let verdict = diagnosis.map {
                Verdict(diagnosis: $0, isDue: true, heldBy: Reading(gate, isOpen: false, why))
            }
            return .skipped(.init(verdict: verdict, phase: rollout.health.phase, why: why))
        case .nothing(let phase): return .skipped(.init(verdict: nil, phase: phase, why: "nothing to heal"))
        case .would, .begun:
            return .skipped(.init(verdict: nil, phase: rollout.health.phase, why: "a refresh comes first"))
        case .gone: return .skipped(.init(verdict: nil, phase: "gone", why: "it was deleted or recreated"))
        case .denied(let rights): return .denied(rights: rights)
        case .failed(let error): return .failed(error)
        }
    }

    /// Reads the Rollout again; nil if `scope` no longer selects it.
    private func rereadChosen(_ rollout: Rollout, of scope: Scope) async throws(RolloutHealError) -> Rollout? {
        guard let selector = scope.labelSelector else {
            return try await reread(rollout).remaining(rollout, of: scope)
        }
        let found = try await api.rollout(
            namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name, labelSelector: selector)
        return found?.remaining(rollout, of: scope)
    }

    func reread(_ rollout: Rollout) async throws(RolloutHealError) -> Rollout {
        try await api.rollout(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
    }
}

extension RestartOutcome.Skip {
    fileprivate static func notChosen(_ rollout: Rollout) -> Self {
        .init(verdict: nil, phase: rollout.health.phase, why: "it no longer matches the selection")
    }

    /// The controller has not observed the first of many restarts.
    fileprivate static func unobserved(_ rollout: Rollout, _ diagnosis: Diagnosis) -> Self {
        let why = "the controller has not observed the first restart: is it down?"
        let verdict = Verdict(diagnosis: diagnosis, isDue: true, heldBy: Reading(.breaker, isOpen: false, why))
        return .init(verdict: verdict, phase: rollout.health.phase, why: why)
    }
}

extension Rollout {
    /// Returns the re-read Rollout; nil if it no longer belongs to the application of `scope`, as `chosen` did.
    func remaining(_ chosen: Rollout, of scope: Scope) -> Rollout? {
        guard let name = scope.application?.name else { return self }
        return remains(chosen, ofApplication: name) ? self : nil
    }
}
