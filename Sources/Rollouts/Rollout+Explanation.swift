package import Formats

/// One sentence a diagnosis, with the numbers it rests on.
extension Rollout {
    package func explanation(of diagnosis: Diagnosis, _ evidence: Evidence, now: Timestamp) -> String {
        switch diagnosis {
        case .deleting: "it is being deleted"
        case .unreconciled: unreconciledExplanation(evidence, now: now)
        case .stale: "the controller sees an old world: \(difference(evidence))"
        case .unscaled:
            "the current ReplicaSet has spec.replicas \(evidence.current(of: self)?.spec.replicas ?? 1), not \(wantedReplicas)"
        case .invalidSpec:
            "the spec is invalid: \(condition(Health.invalidSpec)?.message ?? "no reason given")"
        case .aborted: "the update was aborted; retry or undo it"
        case .restartScheduled: "a restart is scheduled for \(spec.restartAt ?? "later")"
        case .restartPending: pendingExplanation(evidence, now: now)
        case .paused: "the Rollout is paused"
        case .scaledToZero: "spec.replicas is 0"
        case .updating: "an update from \(status.stableRS ?? "?") to \(podHash ?? "?") is in flight"
        case .unproven:
            switch evidence {
            case .forbidden: "ReplicaSets may not be read"
            case .notGiven: "its ReplicaSets are not there to compare with"
            case .live: "no current ReplicaSet exists"
            }
        case .unsettled:
            !failingEquations(evidence).isEmpty
                ? "something changed just now: \(difference(evidence))"
                : "a ReplicaSet is being scaled just now"
        case .unavailable: "only \(availability(evidence)) pods are available; fix the pods"
        case .oldPods: "pods of an older ReplicaSet still run; the time-out would come back"
        case .stuck: "\(availability(evidence)) pods are available and status is right; why it timed out is not known"
        }
    }

    /// Every equation that fails, in words; those that are wrong by the same numbers share a sentence.
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
            first.sentence + (others.isEmpty ? "" : " (so too \(others.joined(separator: ", ")))")
        }.joined(separator: "; ")
    }

    private func unreconciledExplanation(_ evidence: Evidence, now: Timestamp) -> String {
        if hasEmptyStatus {
            return "no controller has written a status: it is down, or not responsible for this Rollout"
        }
        let refreshed =
            latestMark(evidence).map { "refreshed \(HumanDuration.text(since: $0.time, now: now)) ago" } ?? "refreshed"
        let pending = hasUnfinishedRestart ? " or cannot, while the restart is pending" : ""
        return "\(refreshed), and still \(difference(evidence)): the controller does not reconcile it\(pending)"
    }

    private func availability(_ evidence: Evidence) -> String {
        "\(evidence.current(of: self)?.status.availableReplicas ?? 0) of \(desiredReplicas)"
    }

    private func pendingExplanation(_ evidence: Evidence, now: Timestamp) -> String {
        guard let asked = restartAt else { return "spec.restartAt cannot be read as a time" }
        let since = "a restart was asked for at \(asked.rfc3339)"
        guard isPendingForLong(now) else { return since }
        if let current = evidence.current(of: self), current.status.availableReplicas ?? 0 < desiredReplicas {
            return since + " and waits: only \(availability(evidence)) pods are available"
        }
        return since + " and waits: a PodDisruptionBudget may block it, or the controller does not reconcile"
    }
}
