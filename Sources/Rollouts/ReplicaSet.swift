/// The fields of a ReplicaSet (`apps/v1`) that prove or disprove a time-out.
package struct ReplicaSet: Sendable, Equatable, Decodable {
    package struct Metadata: Sendable, Equatable, Decodable {
        package var name: String
        package var namespace: String?
        package var generation: Int64?
        package var labels: [String: String]?
        package var ownerReferences: [OwnerReference]?
    }

    package struct OwnerReference: Sendable, Equatable, Decodable {
        package var uid: String?
    }

    package struct Status: Sendable, Equatable, Decodable {
        package var observedGeneration: Int64?
        package var replicas: Int64?
        package var readyReplicas: Int64?
        package var availableReplicas: Int64?
    }

    /// The label that Argo Rollouts puts on its ReplicaSets.
    package static let podHashLabel = "rollouts-pod-template-hash"

    package var metadata: Metadata
    package var status: Status

    private enum CodingKeys: String, CodingKey {
        case metadata, status
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try fields.decode(Metadata.self, forKey: .metadata)
        status = try fields.decodeIfPresent(Status.self, forKey: .status) ?? Status()
    }

    package var podHash: String? { metadata.labels?[Self.podHashLabel] }

    /// By owner reference: another Rollout may carry equal labels.
    package func isOwned(by rollout: Rollout) -> Bool {
        guard let uid = rollout.metadata.uid else { return false }
        return metadata.ownerReferences?.contains { $0.uid == uid } ?? false
    }

    /// Whether its status speaks of the spec it has now.
    package var isObserved: Bool {
        (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
    }
}

/// What the API server says of a Rollout's ReplicaSets; the Rollout's own counters are wrong while the bug lasts.
package enum Evidence: Sendable, Equatable {
    /// ReplicaSets may not be read (403).
    case forbidden
    /// The owned ones among those that were read: for blue-green the current one is enough, for canary all of them.
    case live([ReplicaSet])

    package func current(of rollout: Rollout) -> ReplicaSet? {
        guard case .live(let all) = self, let hash = rollout.podHash else { return nil }
        return all.first { $0.podHash == hash && $0.isOwned(by: rollout) }
    }

    /// Pods that still run under other ReplicaSets of `rollout`.
    package func hasOldPods(of rollout: Rollout) -> Bool {
        guard case .live(let all) = self else { return false }
        return all.contains {
            $0.podHash != rollout.podHash && $0.isOwned(by: rollout) && ($0.status.replicas ?? 0) > 0
        }
    }
}
