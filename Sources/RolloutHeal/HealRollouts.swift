package import KubeClient
package import Rollouts

/// The ladder: a refresh, which evicts no pod, and only of what that does not help a restart.
package struct HealRollouts: Sendable {
    package struct Options: Sendable {
        package var rule = HealRule(policy: .strict)
        /// A refresh alone is never followed by a restart.
        package var refreshOnly = false
        /// No second look, and no interval since the last refresh.
        package var force = false
        /// Between the two looks before a restart, which have to show the same.
        package var settle = Duration.seconds(Settle.defaultDuration)
        /// Between the two looks that prove a stale view.
        package var staleAfter = Duration.seconds(5)
        /// How long a refresh may take to help.
        package var patience = Duration.seconds(30)
        /// How long a restart may take to help, or nothing come of it.
        package var timeout = Duration.seconds(300)
        /// Otherwise a restart is asked for and not followed.
        package var waits = true
        package var dryRun = RestartOutcome.DryRun.none

        package init() {}
    }

    /// Most of the time they wait; the API server is asked by few at once.
    private static let atOnce = 64

    let api: RolloutAPI
    let options: Options
    let pace: WritePace

    package init(_ api: RolloutAPI, _ options: Options) {
        self.api = api
        self.options = options
        pace = WritePace(api.time)
    }

    /// The Rollouts that may need it: those named, or all in `scope` that something may be the matter with.
    ///
    /// - Parameter progress: told whenever more of the list has come; not where names are asked for.
    package func candidates(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)? = nil
    ) async throws(RolloutHealError) -> ReadRollouts {
        try await api.candidates(
            scope, progress: progress, canBeWanted: { !Rollout.isPlainlyWell($0) }, wanted: \.mayNeedAttention)
    }

    package struct Plan: Sendable {
        package var due: [(rollout: Rollout, assessment: Assessment)]
        package var others: [HealOutcome]
        /// Degraded, but in no way that needs healing.
        package var otherDegraded: Int
    }

    /// What one look at all of them says: those that can be healed, or come to rest first, and what becomes of the others
    /// that need attention.
    package func plan(
        _ candidates: [Rollout]
    ) async throws(RolloutHealError) -> Plan {
        let answers = try await api.evidence(for: candidates)
        let now = api.now
        var due: [(rollout: Rollout, assessment: Assessment)] = []
        var others: [HealOutcome] = []
        var otherDegraded = 0
        for rollout in candidates {
            switch answers[RolloutID(rollout)] ?? .success(.notGiven) {
            case .success(let evidence):
                let assessment = Assessment(rollout, evidence, options.rule, now: now)
                let isStalled = rollout.hasStalledRestart(
                    evidence, after: options.timeout.components.seconds, now: now)
                // What looks have still to prove comes before every other word.
                let isOpen =
                    assessment.verdict?.diagnosis == .unsettled || rollout.unprovenView(evidence) != nil
                let isLeftAlone = assessment.action == .none && !isOpen
                if rollout.isIgnored || (isLeftAlone && !isStalled) {
                    guard assessment.needsAttention else {
                        otherDegraded += rollout.isDegraded ? 1 : 0
                        continue
                    }
                    others.append(HealOutcome(leftAlone: rollout, assessment))
                } else {
                    due.append((rollout, assessment))
                }
            case .failure(let error): others.append(HealOutcome(rollout, .failed(error)))
            }
        }
        return Plan(due: due, others: others, otherDegraded: otherDegraded)
    }

    /// Heals one.
    ///
    /// - Parameter first: of many restarts, the one that goes before the others.
    func one(
        _ rollout: Rollout, of scope: Scope, after first: FirstRestart? = nil,
        progress: @escaping @Sendable (HealProgress) async -> Void = { _ in }
    ) async -> HealOutcome {
        var outcome = HealOutcome(rollout, .gone)
        do throws(RolloutHealError) {
            try await heal(rollout, of: scope, after: first, &outcome, progress)
        } catch {
            outcome.result = error.saysNotFound ? .gone : .failed(error)
        }
        return outcome
    }

    /// Heals each of `candidates`, several at once; one failure does not stop the others.
    ///
    /// - Parameters:
    ///   - progress: told what happens on the way.
    ///   - report: called as each is done, one at a time.
    package func heal(
        _ candidates: [Rollout], of scope: Scope, progress: @escaping @Sendable (HealProgress) async -> Void,
        report: @escaping @Sendable (HealOutcome) async -> Void
    ) async throws(RolloutHealError) {
        let first = candidates.count > 1 ? FirstRestart() : nil
        _ = try await inParallel(candidates, limit: Self.atOnce) { rollout async throws(RolloutHealError) in
            let outcome = await one(rollout, of: scope, after: first, progress: progress)
            if outcome.result == .failed(.api(.cancelled)) { throw .api(.cancelled) }
            await report(outcome)
        }
    }
}

extension HealOutcome {
    init(_ rollout: Rollout, _ result: Result) {
        self.init(RolloutID(rollout), result)
    }

    /// Opted out, or in no way that a refresh or a restart would heal.
    fileprivate init(leftAlone rollout: Rollout, _ assessment: Assessment) {
        let diagnosis = assessment.verdict?.diagnosis
        let why = rollout.isIgnored ? Rollout.optOut : assessment.explanation ?? ""
        self.init(rollout, .held(gate: rollout.isIgnored ? .optOut : .policy, diagnosis: diagnosis, why: why))
        self.diagnosis = diagnosis
        lacksEvidence = assessment.lacksEvidence
    }
}

extension RolloutHealError {
    var saysNotFound: Bool {
        switch self {
        case .api(.status(let status)): status.code == 404
        case .elsewhere: true
        default: false
        }
    }
}
