internal import KubeClient
package import Rollouts

/// Explains Rollouts: the named ones, or those in scope that need attention.
package struct ExplainRollouts: Sendable {
    package struct Result: Sendable {
        /// In the order of the names given, or by namespace, then name.
        package var found: [Explanation] = []
        package var failures: [ReadRollouts.Failure] = []
        package var leftOut = LeftOut()
        /// Rollouts found in a namespace other than the requested one.
        package var moved: [MovedName] = []
    }

    private let api: RolloutAPI
    private let rule: HealRule

    package init(_ api: RolloutAPI, rule: HealRule) {
        self.api = api
        self.rule = rule
    }

    package func explain(_ scope: Scope) async throws(RolloutHealError) -> Result {
        let isNamed = !scope.names.isEmpty
        let askedAt = api.time.uptime()
        var read =
            isNamed
            ? try await api.rollouts(named: scope, takesElsewhere: true)
            : try await api.rollouts(
                in: scope, .latest, canBeWanted: { !Rollout.isPlainlyWell($0) }, wanted: \.mayNeedAttention)
        var result = Result(failures: read.failures, leftOut: LeftOut(degraded: read.otherDegraded), moved: read.moved)
        var evidence = try await api.evidence(for: read.found, always: isNamed)
        try await readAgain(&read.found, &evidence, of: scope, askedAt: askedAt)
        let answers = try await inParallel(read.found) {
            [evidence] rollout async throws(RolloutHealError) -> Swift.Result<Explanation, RolloutHealError> in
            do throws(RolloutHealError) {
                let evidence = try evidence[RolloutID(rollout)]?.get() ?? .notGiven
                return .success(try await self.explain(rollout, evidence))
            } catch {
                return .failure(error)
            }
        }
        if Task.isCancelled { throw .api(.cancelled) }
        for (rollout, answer) in zip(read.found, answers) {
            switch answer {
            case .success(let explanation) where isNamed || explanation.assessment.needsAttention:
                result.found.append(explanation)
            case .success: result.leftOut.degraded += rollout.isDegraded ? 1 : 0
            case .failure(let error): result.failures.append(.init(id: RolloutID(rollout), error: error))
            }
        }
        if !isNamed {
            result.found.sort {
                ($0.assessment.namespace, $0.assessment.name) < ($1.assessment.namespace, $1.assessment.name)
            }
        }
        result.leftOut.unjudged = result.failures.count { !$0.error.saysNotFound }
        return result
    }

    /// Replaces what was asked for too long before its evidence.
    private func readAgain(
        _ rollouts: inout [Rollout], _ evidence: inout RolloutAPI.Answers, of scope: Scope, askedAt: Duration
    ) async throws(RolloutHealError) {
        let (now, age) = (api.now, api.time.uptime() - askedAt)
        let outdated = rollouts.filter { rollout in
            guard case .success(let seen)? = evidence[RolloutID(rollout)] else { return false }
            return rollout.isOutdated(age, for: rollout.diagnosis(seen, now: now), seen, now: now)
        }
        let again = try await inParallel(outdated) { rollout async throws(RolloutHealError) in
            (RolloutID(rollout), try await api.readAgain(rollout, of: scope))
        }
        let fresh = Dictionary(again) { $1 }
        rollouts = rollouts.compactMap { rollout in
            fresh[RolloutID(rollout)].map(\.rollout) ?? rollout
        }
        evidence.merge(fresh.mapValues(\.evidence)) { $1 }
    }

    private func explain(_ rollout: Rollout, _ evidence: Evidence) async throws(RolloutHealError) -> Explanation {
        let diagnosis = rule.verdict(on: rollout, evidence, now: api.now)?.diagnosis
        let isDue = diagnosis.map { rule.policy != .rule && rule.restarts($0) } ?? false
        let budgets = isDue ? try await api.budgets(namespace: RolloutID(rollout).namespace) : .notAsked
        let pods = try await api.podReport(of: rollout, evidence.current(of: rollout))
        return Explanation(
            rollout, .init(evidence: evidence, budgets: budgets, pods: pods), rule: rule, now: api.now)
    }
}
