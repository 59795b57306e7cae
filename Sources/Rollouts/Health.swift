/// The phase and message of a Rollout as shown by `kubectl argo rollouts`.
package struct Health: Sendable, Equatable {
    package static let degraded = "Degraded"
    package static let healthy = "Healthy"
    package static let paused = "Paused"
    package static let progressing = "Progressing"

    package static let deadlineExceeded = "ProgressDeadlineExceeded"
    package static let aborted = "RolloutAborted"
    package static let invalidSpec = "InvalidSpec"

    /// One of the four phases, or whatever the controller stored.
    package var phase: String
    package var message: String

    /// Whether the base rule matches: Degraded, with a message that names the deadline.
    package var matches: Bool {
        phase == Self.degraded && message.contains(Self.deadlineExceeded)
    }
}

extension Rollout {
    /// Whether the phase is Degraded, for any reason.
    package var isDegraded: Bool { health.phase == Health.degraded }

    /// The first matching phase, in the order of Argo Rollouts' `GetRolloutPhase` (utils/rollout, v1.7).
    package var health: Health {
        if !isGenerationObserved {
            return Health(phase: Health.progressing, message: "waiting for rollout spec update to be observed")
        }
        if status.controllerPause == true, status.pauseConditions?.isEmpty ?? true {
            return Health(phase: Health.progressing, message: "waiting for rollout to unpause")
        }
        return storedHealth ?? computedHealth
    }

    /// The phase that the controller stored, possibly for an older generation.
    package var storedHealth: Health? {
        guard let phase = status.phase, !phase.isEmpty else { return nil }
        return Health(phase: phase, message: status.message ?? "")
    }

    /// Whether `observedGeneration` is no number lower than the generation; a hash or a missing value counts as
    /// observed.
    package var isGenerationObserved: Bool {
        guard let observed = status.observedGeneration.flatMap({ Int64($0) }), let generation = metadata.generation
        else { return true }
        return observed >= generation
    }

    /// Computed for controllers before v1.0, which stored no phase.
    private var computedHealth: Health {
        for condition in status.conditions ?? [] {
            let message = condition.message ?? ""
            if condition.type == Health.invalidSpec {
                return Health(phase: Health.degraded, message: "\(Health.invalidSpec): \(message)")
            }
            if let reason = condition.reason, reason == Health.aborted || reason == Health.deadlineExceeded {
                return Health(phase: Health.degraded, message: "\(reason): \(message)")
            }
        }
        if spec.paused == true { return Health(phase: Health.paused, message: "manually paused") }
        if let pause = status.pauseConditions?.first {
            return Health(phase: Health.paused, message: pause.reason ?? "")
        }
        if hasUnfinishedRestart { return Health(phase: Health.progressing, message: "rollout is restarting") }
        if let waiting = whatItWaitsFor { return Health(phase: Health.progressing, message: waiting) }
        return Health(phase: Health.healthy, message: "")
    }

    private var whatItWaitsFor: String? {
        let updated = status.updatedReplicas ?? 0
        let stableIsCurrent = podHash != nil && status.stableRS == podHash
        if updated < desiredReplicas { return "more replicas need to be updated" }
        if status.availableReplicas ?? 0 < updated { return "updated replicas are still becoming available" }
        switch strategy {
        case .blueGreen:
            let active = status.blueGreen?.activeSelector ?? ""
            if active.isEmpty || active != status.currentPodHash { return "active service cutover pending" }
            return stableIsCurrent ? nil : "waiting for analysis to complete"
        case .canary, nil:
            if spec.strategy?.canary?.trafficRouting == nil, status.replicas ?? 0 > updated {
                return "old replicas are pending termination"
            }
            return stableIsCurrent ? nil : "waiting for all steps to complete"
        }
    }
}
