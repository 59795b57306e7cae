/// What the fields say, with the defaults of the API put in.
extension Rollout {
    package enum StrategyKind: String, Sendable {
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

    package func condition(_ type: String) -> Condition? {
        status.conditions?.first { $0.type == type }
    }

    /// `rollout-heal/ignore: "true"`, as annotation or label: hands off under every policy.
    package var isIgnored: Bool {
        metadata.annotations?[Marks.ignore] == "true" || metadata.labels?[Marks.ignore] == "true"
    }
}
