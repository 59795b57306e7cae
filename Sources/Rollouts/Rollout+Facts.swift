package import Formats

/// Field values with the API's defaults.
extension Rollout {
    package enum StrategyKind: String, Sendable, CaseIterable {
        case blueGreen = "BlueGreen"
        case canary = "Canary"
    }

    /// Nil if the spec has none, which the controller treats as invalid.
    package var strategy: StrategyKind? {
        spec.strategy?.blueGreen != nil ? .blueGreen : spec.strategy?.canary != nil ? .canary : nil
    }

    /// `spec.replicas`; the API's default is 1.
    package var desiredReplicas: Int64 { spec.replicas ?? 1 }

    package var restartAt: Timestamp? { spec.restartAt.flatMap(Timestamp.init(rfc3339:)) }

    package var restartedAt: Timestamp? { status.restartedAt.flatMap(Timestamp.init(rfc3339:)) }

    /// `lastUpdateTime` of the condition Progressing: when the timeout was last found, or the last progress.
    package var since: Timestamp? {
        condition("Progressing")?.lastUpdateTime.flatMap(Timestamp.init(rfc3339:))
    }

    /// The hash of the current pod template; nil if the controller has not written one.
    package var podHash: String? { status.currentPodHash.flatMap { $0.isEmpty ? nil : $0 } }

    /// Whether a restart was requested and is not finished; finished means equal times, in any offset.
    package var hasUnfinishedRestart: Bool {
        guard let asked = spec.restartAt, asked != status.restartedAt else { return false }
        return restartAt == nil || restartAt != restartedAt
    }

    package var creationTime: Timestamp? { metadata.creationTimestamp.flatMap(Timestamp.init(rfc3339:)) }

    package var isBeingDeleted: Bool { metadata.deletionTimestamp != nil }

    /// Whether the controller has written no status.
    package var hasEmptyStatus: Bool { status == Status() }

    /// Whether the hashes show no update in flight.
    package var isFullyStable: Bool { podHash != nil && status.stableRS == podHash }

    /// The number of replicas that the current ReplicaSet should have without an update in flight.
    package var wantedReplicas: Int64 {
        guard let canary = spec.strategy?.canary, canary.trafficRouting != nil else { return desiredReplicas }
        return max(desiredReplicas, canary.minPodsPerReplicaSet ?? 0)
    }

    package func condition(_ type: String) -> Condition? {
        status.conditions?.first { $0.type == type }
    }

    /// The reason for holding back a Rollout that ``isIgnored``.
    package static let optOut = "\(Marks.ignore) is \"true\""

    /// Whether it has opted out with `rollout-heal/ignore: "true"`, as annotation or label, under every policy.
    package var isIgnored: Bool {
        metadata.annotations?[Marks.ignore] == "true" || metadata.labels?[Marks.ignore] == "true"
    }
}
