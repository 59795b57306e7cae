/// One number that the controller writes to `status`, and the same number from the live objects (Argo Rollouts v1.7:
/// sync.go, canary.go, bluegreen.go).
package struct Equation: Sendable, Equatable {
    /// Named after the field in `status`, except for the generation.
    package enum Counter: String, Sendable, CaseIterable {
        case generation
        case replicas
        case updatedReplicas
        case readyReplicas
        case availableReplicas
        case hpaReplicas = "HPAReplicas"
    }

    package var counter: Counter
    /// The value in `status`.
    package var believed: Int64
    /// The value in the live objects.
    package var real: Int64

    package var holds: Bool { believed == real }

    /// A sentence such as "status says 7 replicas, its ReplicaSets have 5".
    package var sentence: String {
        switch counter {
        case .generation: "status is of generation \(believed), the spec is generation \(real)"
        case .replicas: "status says \(believed) replicas, its ReplicaSets have \(real)"
        case .updatedReplicas: "status says \(believed) updated replicas, its current ReplicaSet has \(real)"
        case .readyReplicas: "status says \(believed) ready, its ReplicaSets have \(real)"
        case .availableReplicas: "status says \(believed) available, its ReplicaSets have \(real)"
        case .hpaReplicas: "status reports \(believed) to an autoscaler, its ReplicaSets have \(real)"
        }
    }
}

extension Rollout {
    /// Returns the applicable equations in the order of ``Equation/Counter``.
    ///
    /// If one fails, no ReplicaSet lags behind its own generation and this stays so, the controller has a stale cache.
    /// Empty if the controller has written no status, and for a Rollout that is being deleted.
    package func equations(_ evidence: Evidence) -> [Equation] {
        guard !hasEmptyStatus, !isBeingDeleted else { return [] }
        let generation = Equation(
            counter: .generation, believed: isGenerationObserved ? metadata.generation ?? 0 : observedNumber ?? 0,
            real: metadata.generation ?? 0)
        // The controller writes no counter while the spec is invalid.
        guard case .live = evidence, condition(Health.invalidSpec) == nil else { return [generation] }
        let owned = evidence.ownedReplicaSets(of: self)
        let counted = countedReplicaSets(among: owned)
        func sum(_ replicaSets: [ReplicaSet], _ field: KeyPath<ReplicaSet.Status, Int64?>) -> Int64 {
            // The values may be any number, so the sum saturates.
            replicaSets.reduce(0) { $0.addingSaturated($1.status[keyPath: field] ?? 0) }
        }
        let current = owned.filter { $0.podHash == podHash && podHash != nil }
        let all = [
            Equation(counter: .replicas, believed: status.replicas ?? 0, real: sum(owned, \.replicas)),
            Equation(counter: .updatedReplicas, believed: status.updatedReplicas ?? 0, real: sum(current, \.replicas)),
            Equation(counter: .readyReplicas, believed: status.readyReplicas ?? 0, real: sum(counted, \.readyReplicas)),
            Equation(
                counter: .availableReplicas, believed: status.availableReplicas ?? 0,
                real: sum(counted, \.availableReplicas)),
            Equation(counter: .hpaReplicas, believed: status.HPAReplicas ?? 0, real: sum(counted, \.replicas)),
        ]
        let compared: Set<Equation.Counter> =
            isOnlyScaled(owned) ? [.availableReplicas, .hpaReplicas] : Set(Equation.Counter.allCases)
        return [generation] + all.filter { compared.contains($0.counter) }
    }

    package func failingEquations(_ evidence: Evidence) -> [Equation] {
        equations(evidence).filter { !$0.holds }
    }

    /// Nil for a hash from an old controller.
    private var observedNumber: Int64? { status.observedGeneration.flatMap { Int64($0) } }

    /// The ReplicaSets whose ready, available and HPA replicas are summed.
    private func countedReplicaSets(among owned: [ReplicaSet]) -> [ReplicaSet] {
        guard strategy == .blueGreen else { return owned }
        let active = owned.filter { $0.podHash != nil && $0.podHash == status.blueGreen?.activeSelector }
        return active.isEmpty ? owned : active
    }

    /// While a ReplicaSet was scaled for another number of replicas, the controller only scales (`syncReplicasOnly`)
    /// and leaves the other counters unchanged, for hours even in a healthy Rollout.
    private func isOnlyScaled(_ owned: [ReplicaSet]) -> Bool {
        owned.contains { replicaSet in
            guard replicaSet.spec.replicas ?? 1 > 0, let desired = replicaSet.desiredReplicas else { return false }
            return desired != desiredReplicas
        }
    }
}

extension Int64 {
    func addingSaturated(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? (other < 0 ? .min : .max) : sum
    }
}
