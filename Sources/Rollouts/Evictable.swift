/// How many pods a restart evicts at once (Argo Rollouts: rollout/restart.go, utils/replicaset).
extension Rollout {
    /// `maxUnavailable` as the controller resolves it: 25 % by default, rounded down; 1 for a canary whose surge also
    /// resolves to 0; at most `spec.replicas`.
    package var maxUnavailable: Int64 {
        let replicas = desiredReplicas
        guard replicas > 0 else { return 0 }
        let asked = spec.strategy?.blueGreen?.maxUnavailable ?? spec.strategy?.canary?.maxUnavailable
        var resolved = (asked ?? .percent(25)).resolved(of: replicas, roundingUp: false)
        if let canary = spec.strategy?.canary, resolved == 0,
            (canary.maxSurge ?? .percent(25)).resolved(of: replicas, roundingUp: true) == 0
        {
            resolved = 1
        }
        return min(resolved, replicas)
    }

    /// The number of pods that a restart may evict at once.
    package var restartedAtOnce: Int64 { max(maxUnavailable, 1) }

    /// The number of pods that the controller could evict now, from the live ReplicaSets; nil if none was read.
    package func evictableNow(_ evidence: Evidence) -> Int64? {
        let owned = evidence.ownedReplicaSets(of: self)
        if owned.isEmpty { return nil }
        let available = owned.reduce(Int64(0)) { $0.addingSaturated($1.status.availableReplicas ?? 0) }
        let wanted = owned.reduce(Int64(0)) { $0.addingSaturated($1.spec.replicas ?? 1) }
        return available.addingSaturated(restartedAtOnce).addingSaturated(-max(desiredReplicas, wanted, 0))
    }
}

/// A number or a percentage (`intstr.IntOrString`).
package enum IntOrPercent: Sendable, Equatable, Decodable {
    case count(Int64)
    case percent(Int64)

    package init(from decoder: any Decoder) throws {
        let value = try decoder.singleValueContainer()
        if let count = try? value.decode(Int64.self) {
            self = .count(count)
        } else {
            let text = try value.decode(String.self)
            guard text.hasSuffix("%"), let percent = Int64(text.dropLast()) else {
                // The controller treats it as invalid, that is, as 0.
                self = .count(0)
                return
            }
            self = .percent(percent)
        }
    }

    /// The resolved number, at least 0; saturates.
    package func resolved(of whole: Int64, roundingUp: Bool) -> Int64 {
        switch self {
        case .count(let count): return max(0, count)
        case .percent(let percent):
            let (product, overflow) = max(0, percent).multipliedReportingOverflow(by: max(0, whole))
            guard !overflow else { return .max }
            return product / 100 + (roundingUp && product % 100 > 0 ? 1 : 0)
        }
    }
}
