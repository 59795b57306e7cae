/// One sentence a diagnosis, with the numbers it rests on.
extension Rollout {
    package func explanation(of diagnosis: Diagnosis, _ evidence: Evidence, now: Timestamp) -> String {
        switch diagnosis {
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
            case .live: "no current ReplicaSet exists"
            }
        case .unsettled: "the current ReplicaSet is being scaled just now"
        case .unavailable: "only \(availability(evidence)) pods are available; fix the pods"
        case .oldPods: "pods of an older ReplicaSet still run; the time-out would come back"
        case .stuck: "\(availability(evidence)) pods are available, the time-out is stale"
        }
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
