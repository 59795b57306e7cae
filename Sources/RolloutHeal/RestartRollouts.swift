package import KubeClient
package import Rollouts

/// Restarts what a restart heals, once, on evidence that is read right before the write.
package struct RestartRollouts: Sendable {
    /// A time-out younger than this may pass by itself.
    private static let settleLook = Duration.seconds(5)

    let api: RolloutAPI
    private let rule: HealRule
    let dryRun: RestartOutcome.DryRun

    package init(_ api: RolloutAPI, rule: HealRule, dryRun: RestartOutcome.DryRun = .none) {
        self.api = api
        self.rule = rule
        self.dryRun = dryRun
    }

    /// The Rollouts that may need a restart: those named, or all in `scope` that match the rule.
    ///
    /// - Parameter progress: told whenever more of the list has come; not where names are asked for.
    package func candidates(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)? = nil
    ) async throws(RolloutHealError) -> ReadRollouts {
        guard scope.names.isEmpty else { return try await api.rollouts(named: scope) }
        guard let application = scope.application else {
            return try await api.rollouts(
                in: scope, .latest, progress: progress, canBeWanted: Rollout.canMatch, wanted: \.isShown)
        }
        var members = 0
        var read = try await api.rollouts(in: scope, .latest, progress: progress) { rollout in
            let belongs = rollout.belongs(toApplication: application.name)
            if belongs { members += 1 }
            return rollout.isShown && (belongs || application != .only(application.name))
        }
        read.lacksApplication = members == 0
        if members > 0 { read.found.removeAll { !$0.belongs(toApplication: application.name) } }
        return read
    }

    /// What would be done as things are now: for a person to agree to.
    package struct Plan: Sendable {
        package var due: [Rollout] = []
        /// Of those that are due.
        package var assessments: [Assessment] = []
        /// What becomes of the rest: skipped, or it cannot be judged.
        package var others: [RestartOutcome] = []
    }

    package func plan(_ candidates: [Rollout]) async throws(RolloutHealError) -> Plan {
        let evidence = try await api.evidence(for: candidates.filter { rule.needsEvidence(for: $0, now: api.now) })
        let now = api.now
        var plan = Plan()
        for rollout in candidates {
            func add(_ result: RestartOutcome.Result, lacksEvidence: Bool = false) {
                plan.others.append(
                    RestartOutcome(
                        namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name, result: result,
                        lacksEvidence: lacksEvidence))
            }
            switch evidence[RolloutID(rollout)] ?? .success(.live([])) {
            case .failure(let error): add(.failed(error))
            case .success(let evidence):
                if let skip = skip(rollout, evidence, now: now) {
                    add(.skipped(skip), lacksEvidence: evidence == .forbidden)
                } else {
                    plan.due.append(rollout)
                    plan.assessments.append(Assessment(rollout, evidence, rule, now: now))
                }
            }
        }
        return plan
    }

    /// Why `rollout` is not restarted now; nil when it is due.
    private func skip(_ rollout: Rollout, _ evidence: Evidence, now: Timestamp) -> RestartOutcome.Skip? {
        let health = rollout.health
        guard let verdict = rule.verdict(on: rollout, evidence, now: now) else {
            let why = health.message.isEmpty ? "nothing to heal" : health.message
            return RestartOutcome.Skip(verdict: nil, phase: health.phase, why: why)
        }
        if verdict.restarts { return nil }
        let why =
            verdict.heldBy?.explanation(now: now) ?? rollout.explanation(of: verdict.diagnosis, evidence, now: now)
        return RestartOutcome.Skip(verdict: verdict, phase: health.phase, why: why)
    }

    /// Decides on each of `candidates` anew and restarts what is due, several at once; one failure does not stop the others.
    ///
    /// - Parameters:
    ///   - scope: what they were chosen by; one that has changed meanwhile has to belong to it still.
    ///   - report: called as each is done, one at a time.
    package func callAsFunction(
        _ candidates: [Rollout], of scope: Scope, report: @escaping @Sendable (RestartOutcome) async -> Void
    ) async throws(RolloutHealError) {
        _ = try await inParallel(candidates) { rollout async throws(RolloutHealError) in
            let outcome = await heal(rollout, of: scope)
            if outcome.result == .failed(.api(.cancelled)) { throw .api(.cancelled) }
            await report(outcome)
        }
    }

    private func heal(_ listed: Rollout, of scope: Scope) async -> RestartOutcome {
        var lacksEvidence = false
        var open = OpenRestarts()
        let result: RestartOutcome.Result
        do throws(RolloutHealError) {
            result = try await healed(listed, of: scope, &lacksEvidence, &open)
        } catch {
            result = .failed(open.isEmpty || error == .api(.cancelled) ? error : .outcomeUnknown(because: error))
        }
        return RestartOutcome(
            namespace: listed.metadata.namespace ?? "", name: listed.metadata.name, result: result,
            lacksEvidence: lacksEvidence)
    }

    private func healed(
        _ listed: Rollout, of scope: Scope, _ lacksEvidence: inout Bool, _ open: inout OpenRestarts
    ) async throws(RolloutHealError) -> RestartOutcome.Result {
        var rollout = listed
        var bounds = Bounds(name: listed.metadata.name, api)
        while true {
            switch try await decide(on: rollout, of: scope, &lacksEvidence) {
            case .skip(let skip): return try await ended(rollout, skip, open)
            case .restart(let settled, let askedAt):
                switch try await restart(settled, askedAt: askedAt) {
                case .done(let result): return result
                case .again(let again):
                    if let sent = again.sent { open.insert(sent) }
                    try bounds.count(again)
                    try await api.pause(again.pause)
                }
            }
            guard let chosen = try await rereadChosen(rollout, of: scope) else {
                return try await ended(rollout, .notChosen(rollout), open)
            }
            rollout = chosen
            if let ours = open.found(in: rollout) { return ours }
        }
    }

    /// What holds `rollout` back may be a restart of ours, landed at last.
    private func ended(
        _ rollout: Rollout, _ skip: RestartOutcome.Skip, _ open: OpenRestarts
    ) async throws(RolloutHealError) -> RestartOutcome.Result {
        guard !open.isEmpty, let ours = open.found(in: try await reread(rollout)) else { return .skipped(skip) }
        return ours
    }

    private enum Decision {
        /// With our uptime when its evidence was asked for.
        case restart(Rollout, askedAt: Duration)
        case skip(RestartOutcome.Skip)
    }

    /// Reads the ReplicaSets, after the Rollout and right before the write, and judges; a young time-out is looked at twice.
    private func decide(
        on first: Rollout, of scope: Scope, _ lacksEvidence: inout Bool
    ) async throws(RolloutHealError) -> Decision {
        var rollout = first
        var settling: Settle?
        while true {
            let askedAt = await api.client.readyAt()
            let evidence =
                rule.needsEvidence(for: rollout, now: api.now) ? try await api.evidence(for: rollout) : .live([])
            lacksEvidence = evidence == .forbidden
            let now = api.now
            if let skip = skip(rollout, evidence, now: now) { return .skip(skip) }
            guard var verdict = rule.verdict(on: rollout, evidence, now: now) else { continue }
            let look = Settle(verdict.diagnosis, of: rollout)
            guard rule.policy != .rule, look.isYounger(than: Settle.defaultDuration, now: now), settling != look else {
                return .restart(rollout, askedAt: askedAt)
            }
            guard settling == nil else {
                verdict.heldBy = .settling
                return .skip(
                    .init(
                        verdict: verdict, phase: rollout.health.phase, why: Gate.settling.explanation(now: now)))
            }
            settling = look
            try await api.pause(Self.settleLook)
            guard let again = try await rereadChosen(rollout, of: scope) else { return .skip(.notChosen(rollout)) }
            rollout = again
        }
    }

    /// As ``reread(_:)``; nil where it is no longer one of those that `scope` chooses.
    private func rereadChosen(_ rollout: Rollout, of scope: Scope) async throws(RolloutHealError) -> Rollout? {
        guard let selector = scope.labelSelector else {
            return try await reread(rollout).remaining(of: scope.application, since: rollout)
        }
        let found = try await api.rollout(
            namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name, labelSelector: selector)
        return found?.remaining(of: scope.application, since: rollout)
    }

    func reread(_ rollout: Rollout) async throws(RolloutHealError) -> Rollout {
        try await api.rollout(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
    }
}

extension RestartOutcome.Skip {
    fileprivate static func notChosen(_ rollout: Rollout) -> Self {
        .init(verdict: nil, phase: rollout.health.phase, why: "it is no longer one of those that were asked for")
    }
}

extension Rollout {
    /// Itself, unless it has left the application of Argo CD that it was chosen for.
    fileprivate func remaining(of application: Scope.Application?, since chosen: Rollout) -> Rollout? {
        guard let name = application?.name, chosen.belongs(toApplication: name) else { return self }
        return belongs(toApplication: name) ? self : nil
    }
}
