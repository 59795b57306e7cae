package import KubeClient
package import Rollouts

/// The ladder: a refresh, which evicts no pod, then a restart of what the refresh does not heal.
package struct HealRollouts: Sendable {
    package struct Options: Sendable {
        package var rule = HealRule(policy: .strict)
        /// Never restart.
        package var refreshOnly = false
        /// Skip the second read, and the interval since the last refresh.
        package var force = false
        /// The time between the two matching reads before a restart.
        package var settle = Settle.defaultDuration
        /// The time between the two reads that prove a stale view.
        package var staleAfter = Duration.seconds(5)
        /// The time limit for a refresh to help.
        package var patience = Duration.seconds(30)
        /// The time limit for a restart to show an effect.
        package var timeout = Duration.seconds(300)
        /// Whether to follow restarts, or only request them.
        package var waits = true
        package var dryRun = RestartOutcome.DryRun.none

        package init() {}
    }

    /// The number healed concurrently: most of the time they wait, and few of them send requests.
    private static let atOnce = 64

    let api: RolloutAPI
    var options: Options
    let pace: WritePace

    package init(_ api: RolloutAPI, _ options: Options) {
        self.api = api
        self.options = options
        pace = WritePace(api.time)
    }

    /// Returns the Rollouts that may need a step: the named ones, or all in `scope` that may have a diagnosis.
    ///
    /// - Parameter progress: called whenever more of the list has arrived; not for names.
    /// - Throws: ``RolloutHealError`` if the list fails; an unreadable Rollout is a failure in the result.
    package func candidates(
        _ scope: Scope, progress: (@Sendable (ListProgress) -> Void)? = nil
    ) async throws(RolloutHealError) -> ReadRollouts {
        try await api.candidates(
            scope, progress: progress, canBeWanted: { !Rollout.isPlainlyWell($0) }, wanted: \.mayNeedAttention)
    }

    package struct Plan: Sendable {
        package var due: [(rollout: Rollout, assessment: Assessment)]
        package var others: [HealOutcome]
        /// Degraded Rollouts without a diagnosis that needs healing.
        package var otherDegraded: Int
    }

    /// Judges all candidates by one evidence read: those to heal or to wait for, and the outcome of others that need
    /// attention.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; other failures are outcomes.
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
                let assessment = Assessment(rollout, evidence, by: options.rule, now: now)
                let isStalled = rollout.hasStalledRestart(evidence, after: options.timeout, now: now)
                // An unproven view takes precedence over every other diagnosis.
                let isOpen =
                    assessment.verdict?.diagnosis == .unsettled || rollout.unprovenView(evidence) != nil
                let isLeftAlone = assessment.action == .none && !isOpen
                let why = options.rule.leavesAlone(rollout)
                if why != nil || (isLeftAlone && !isStalled) {
                    guard assessment.needsAttention else {
                        otherDegraded += rollout.isDegraded ? 1 : 0
                        continue
                    }
                    others.append(HealOutcome(leftAlone: rollout, assessment, why))
                } else {
                    due.append((rollout, assessment))
                }
            case .failure(let error): others.append(HealOutcome(rollout, .failed(error)))
            }
        }
        return Plan(due: due, others: others, otherDegraded: otherDegraded)
    }

    /// Heals one Rollout.
    ///
    /// - Parameter first: the restart that goes before the others, if this is one of many.
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

    /// Heals all of `candidates` concurrently; a failure does not stop the others.
    ///
    /// - Parameters:
    ///   - progress: receives progress reports.
    ///   - report: receives each outcome, one at a time.
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; other errors are outcomes.
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

    /// The outcome of a Rollout that neither a refresh nor a restart would heal, or that the gate `opt-out` holds back
    /// because of `optOut`.
    fileprivate init(leftAlone rollout: Rollout, _ assessment: Assessment, _ optOut: String?) {
        let diagnosis = assessment.verdict?.diagnosis
        let why = optOut ?? assessment.explanation ?? ""
        self.init(rollout, .held(gate: optOut != nil ? .optOut : .policy, diagnosis: diagnosis, why: why))
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
