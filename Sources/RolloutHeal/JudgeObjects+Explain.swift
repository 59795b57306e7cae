package import Formats
package import Rollouts

extension JudgeObjects {
    /// Ends the file, and explains the Rollouts in it that need attention, or the named ones.
    ///
    /// - Parameter names: an empty namespace means all namespaces.
    package mutating func explain(
        _ names: [RolloutID], _ rule: HealRule, now: Timestamp
    ) throws(RolloutHealError) -> ExplainRollouts.Result {
        try close()
        var result = ExplainRollouts.Result()
        let sorted = rollouts.sorted { RolloutID($0) < RolloutID($1) }
        for name in names {
            let named = sorted.filter { rollout in
                let id = RolloutID(rollout)
                return id.name == name.name && (name.namespace.isEmpty || id.namespace == name.namespace)
            }
            result.found += named.map { explanation(of: $0, rule, now: now) }
            if named.isEmpty {
                let place = name.namespace.isEmpty ? "" : " in namespace \(name.namespace)"
                let error = RolloutHealError.file(place: file, reason: "it contains no Rollout \(name.name)\(place)")
                result.failures.append(.init(id: name, error: error))
            }
        }
        if !names.isEmpty { return result }
        for rollout in sorted {
            let explanation = explanation(of: rollout, rule, now: now)
            if explanation.assessment.needsAttention {
                result.found.append(explanation)
            } else if rollout.isDegraded {
                result.leftOut.degraded += 1
            }
        }
        return result
    }

    private func explanation(of rollout: Rollout, _ rule: HealRule, now: Timestamp) -> Explanation {
        let evidence = evidence(of: rollout)
        let lacking = evidence.current(of: rollout).flatMap { $0.lacksPods(of: rollout) ? $0 : nil }
        var report = PodReport.notAsked
        if let lacking, let pods { report = PodReport(pods, of: lacking, now: now) }
        return Explanation(
            rollout, .init(evidence: evidence, pods: report, absentTimes: .old), rule: rule, now: now)
    }
}
