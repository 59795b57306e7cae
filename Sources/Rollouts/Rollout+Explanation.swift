internal import Formats

/// The longer parts of ``explanation(of:_:now:)``.
extension Rollout {
    /// Every failing equation in words; those with equal numbers share a sentence.
    package func difference(_ evidence: Evidence) -> String {
        var sentences: [(first: Equation, others: [String])] = []
        for equation in failingEquations(evidence) {
            let place = sentences.firstIndex {
                $0.first.counter != .generation && $0.first.believed == equation.believed
                    && $0.first.real == equation.real
            }
            if let place {
                sentences[place].others.append(equation.counter.rawValue)
            } else {
                sentences.append((equation, []))
            }
        }
        return sentences.map { first, others in
            first.sentence + (others.isEmpty ? "" : " (also \(others.joined(separator: ", ")))")
        }.joined(separator: "; ")
    }

    func unreconciledExplanation(_ evidence: Evidence, now: Timestamp) -> String {
        if hasEmptyStatus {
            return "no controller has written a status: it is down, or does not manage this Rollout"
        }
        let refreshed =
            latestMark(evidence, now: now).map { "refreshed \(HumanDuration.text(since: $0.time, now: now)) ago" }
            ?? "refreshed"
        let pending = hasUnfinishedRestart ? ", or cannot while the restart is pending" : ""
        return "\(refreshed), and still \(difference(evidence)): the controller does not reconcile it\(pending)"
    }

    func availability(_ evidence: Evidence) -> String {
        "\(evidence.current(of: self)?.status.availableReplicas ?? 0) of \(desiredReplicas)"
    }

    func pendingExplanation(_ evidence: Evidence, now: Timestamp) -> String {
        guard let asked = restartAt else { return "spec.restartAt is not a valid time" }
        let since = "a restart was requested at \(asked.rfc3339)"
        guard isPendingForLong(now) else { return since }
        if let current = evidence.current(of: self), current.status.availableReplicas ?? 0 < desiredReplicas {
            return since + " and waits: only \(availability(evidence)) pods are available"
        }
        return since + " and waits: a PodDisruptionBudget may block it, or the controller does not reconcile"
    }
}
