package import KubeClient
package import Rollouts

/// Restarts what a restart heals, once, and only if it is still so at the moment of the write.
package struct RestartRollouts: Sendable {
    /// A conflict means that the world has moved: look again and decide again, this often.
    private static let maxTries = 5
    /// A time-out younger than this may pass by itself.
    private static let settleLook = Duration.seconds(5)

    private let api: RolloutAPI
    private let rule: HealRule
    private let dryRun: RestartOutcome.DryRun

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

    /// What would be done with `candidates` as things are now: for a person to agree to.
    package func plan(_ candidates: [Rollout]) async throws(RolloutHealError) -> [Assessment] {
        let evidence = try await api.evidence(for: candidates)
        let now = api.now
        return candidates.map { Assessment($0, evidence[RolloutID($0)] ?? .live([]), rule, now: now) }
    }

    /// Decides on each of `candidates` anew and restarts what is due, several at once; one failure does not stop the others.
    ///
    /// - Parameter report: called as each is done, one at a time.
    package func callAsFunction(
        _ candidates: [Rollout], report: @escaping @Sendable (RestartOutcome) async -> Void
    ) async throws(RolloutHealError) {
        _ = try await inParallel(candidates) { rollout async throws(RolloutHealError) in
            let outcome = await heal(rollout)
            if outcome.result == .failed(.api(.cancelled)) { throw .api(.cancelled) }
            await report(outcome)
        }
    }

    private func heal(_ listed: Rollout) async -> RestartOutcome {
        var lacksEvidence = false
        let result: RestartOutcome.Result
        do throws(RolloutHealError) {
            result = try await healed(listed, &lacksEvidence)
        } catch {
            result = .failed(error)
        }
        return RestartOutcome(
            namespace: listed.metadata.namespace ?? "", name: listed.metadata.name, result: result,
            lacksEvidence: lacksEvidence)
    }

    private func healed(
        _ listed: Rollout, _ lacksEvidence: inout Bool
    ) async throws(RolloutHealError) -> RestartOutcome.Result {
        var rollout = listed
        var lastError = RolloutHealError.keepsChanging(name: listed.metadata.name, tries: Self.maxTries)
        for _ in 0..<Self.maxTries {
            switch try await decide(on: rollout, &lacksEvidence) {
            case .skip(let skip): return .skipped(skip)
            case .restart(let settled):
                switch try await restart(settled) {
                case .done(let result): return result
                case .again(let error): lastError = error ?? lastError
                }
            }
            try await api.pause(.milliseconds(10 + Int(api.time.random() * 10)))
            rollout = try await reread(rollout)
        }
        throw lastError
    }

    private enum Decision {
        case restart(Rollout)
        case skip(RestartOutcome.Skip)
    }

    /// Reads the ReplicaSets, after the Rollout and right before the write, and judges; a young time-out is looked at twice.
    private func decide(
        on first: Rollout, _ lacksEvidence: inout Bool
    ) async throws(RolloutHealError) -> Decision {
        var rollout = first
        var settling: Settle?
        while true {
            let evidence =
                rule.needsEvidence(for: rollout, now: api.now) ? try await api.evidence(for: rollout) : .live([])
            lacksEvidence = evidence == .forbidden
            let now = api.now
            var skip = RestartOutcome.Skip(
                verdict: rule.verdict(on: rollout, evidence, now: now), phase: rollout.health.phase, why: "")
            guard let verdict = skip.verdict else {
                skip.why = rollout.health.message.isEmpty ? "nothing to heal" : rollout.health.message
                return .skip(skip)
            }
            guard verdict.restarts else {
                skip.why =
                    verdict.heldBy?.explanation(now: now)
                    ?? rollout.explanation(of: verdict.diagnosis, evidence, now: now)
                return .skip(skip)
            }
            let look = Settle(verdict.diagnosis, of: rollout)
            guard rule.policy != .rule, look.isYounger(than: Settle.defaultDuration, now: now), settling != look else {
                return .restart(rollout)
            }
            guard settling == nil else {
                skip.verdict?.heldBy = .settling
                skip.why = Gate.settling.explanation(now: now)
                return .skip(skip)
            }
            settling = look
            try await api.pause(Self.settleLook)
            rollout = try await reread(rollout)
        }
    }

    enum Attempt: Sendable {
        case done(RestartOutcome.Result)
        /// The Rollout has moved, or the outcome is open and the patch did not land: everything is judged anew.
        case again(RolloutHealError?)
    }

    /// Sends one patch for what `rollout` was judged on.
    func restart(_ rollout: Rollout) async throws(RolloutHealError) -> Attempt {
        guard let patch = RestartPatch.restart(rollout, now: api.now), let restartAt = patch.restartAt else {
            throw .undecodable(
                kind: "Rollout", name: rollout.metadata.name, what: "metadata lacks uid or resourceVersion")
        }
        let restarted = RestartOutcome.Result.restarted(at: restartAt, attempt: patch.attempt?.count ?? 0)
        if dryRun == .client { return .done(restarted) }
        switch await write(patch, to: rollout) {
        case .done: return .done(restarted)
        case .moved: return .again(nil)
        case .failed(let error): throw error
        case .unknown(let error):
            if dryRun == .server { throw error }
            let after = try await reread(rollout)
            let isOurs = after.metadata.uid == patch.uid && after.restartAt == restartAt
            if isOurs { return .done(restarted) }
            try await api.pause(.seconds(1 + api.time.random()))
            return .again(error)
        }
    }

    private enum Written {
        case done
        case moved
        case failed(RolloutHealError)
        /// The answer is lost, or the server failed: only the object can tell.
        case unknown(RolloutHealError)
    }

    private func write(_ patch: RestartPatch, to rollout: Rollout) async -> Written {
        do throws(KubeError) {
            _ = try await api.send(patch, to: rollout, isDryRun: dryRun == .server)
            return .done
        } catch {
            if error.status?.code == 409 { return .moved }
            // A uid that is another's is an immutable field to the server: the object was made anew.
            if error.status?.code == 422, let now = try? await reread(rollout), now.metadata.uid != patch.uid {
                return .moved
            }
            return error.leavesOutcomeOpen ? .unknown(.api(error)) : .failed(.api(error))
        }
    }

    private func reread(_ rollout: Rollout) async throws(RolloutHealError) -> Rollout {
        try await api.rollout(namespace: rollout.metadata.namespace ?? "", name: rollout.metadata.name)
    }
}

extension RestartRollouts {
    /// Takes the pending or scheduled restart of one Rollout back.
    package func cancel(namespace: String, name: String) async -> RestartOutcome {
        let result: RestartOutcome.Result
        do throws(RolloutHealError) {
            result = try await cancelled(try await api.rollout(namespace: namespace, name: name))
        } catch {
            result = .failed(error)
        }
        return RestartOutcome(namespace: namespace, name: name, result: result)
    }

    private func cancelled(_ first: Rollout) async throws(RolloutHealError) -> RestartOutcome.Result {
        var rollout = first
        for _ in 0..<Self.maxTries {
            guard rollout.hasUnfinishedRestart, let patch = RestartPatch.cancel(rollout) else {
                let health = rollout.health
                return .skipped(.init(verdict: nil, phase: health.phase, why: "no restart is pending"))
            }
            if dryRun == .client { return .cancelled }
            switch await write(patch, to: rollout) {
            case .done: return .cancelled
            case .failed(let error): throw error
            case .moved, .unknown: rollout = try await reread(rollout)
            }
            if dryRun == .none, rollout.spec.restartAt == nil { return .cancelled }
        }
        throw .keepsChanging(name: rollout.metadata.name, tries: Self.maxTries)
    }
}
