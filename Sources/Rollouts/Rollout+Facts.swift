package import Formats

/// What the fields say, with the defaults of the API put in.
extension Rollout {
    package enum StrategyKind: String, Sendable, CaseIterable {
        case blueGreen = "BlueGreen"
        case canary = "Canary"
    }

    /// Nil when the spec names none, which the controller calls invalid.
    package var strategy: StrategyKind? {
        spec.strategy?.blueGreen != nil ? .blueGreen : spec.strategy?.canary != nil ? .canary : nil
    }

    /// `spec.replicas`; the API's default is 1.
    package var desiredReplicas: Int64 { spec.replicas ?? 1 }

    package var restartAt: Timestamp? { spec.restartAt.flatMap(Timestamp.init(rfc3339:)) }

    package var restartedAt: Timestamp? { status.restartedAt.flatMap(Timestamp.init(rfc3339:)) }

    /// When the deadline was last found exceeded, or progress last seen: `lastUpdateTime` of condition Progressing.
    package var since: Timestamp? {
        condition("Progressing")?.lastUpdateTime.flatMap(Timestamp.init(rfc3339:))
    }

    /// The hash of the current pod template; nil when the controller has not written one.
    package var podHash: String? { status.currentPodHash.flatMap { $0.isEmpty ? nil : $0 } }

    /// A restart was asked for and not yet carried out: equal to the second, in any offset, means carried out.
    package var hasUnfinishedRestart: Bool {
        guard let asked = spec.restartAt, asked != status.restartedAt else { return false }
        return restartAt == nil || restartAt != restartedAt
    }

    package var creationTime: Timestamp? { metadata.creationTimestamp.flatMap(Timestamp.init(rfc3339:)) }

    package var isBeingDeleted: Bool { metadata.deletionTimestamp != nil }

    /// The controller has written nothing yet.
    package var hasEmptyStatus: Bool { status == Status() }

    /// No update is in flight, as far as the hashes tell.
    package var isFullyStable: Bool { podHash != nil && status.stableRS == podHash }

    /// How many replicas the current ReplicaSet is to have once no update is in flight.
    package var wantedReplicas: Int64 {
        guard let canary = spec.strategy?.canary, canary.trafficRouting != nil else { return desiredReplicas }
        return max(desiredReplicas, canary.minPodsPerReplicaSet ?? 0)
    }

    package func condition(_ type: String) -> Condition? {
        status.conditions?.first { $0.type == type }
    }

    /// Said of one that ``isIgnored``.
    package static let optOut = "\(Marks.ignore) is \"true\""

    /// `rollout-heal/ignore: "true"`, as annotation or label: hands off under every policy.
    package var isIgnored: Bool {
        metadata.annotations?[Marks.ignore] == "true" || metadata.labels?[Marks.ignore] == "true"
    }
}
