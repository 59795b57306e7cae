/// The fields of a ReplicaSet (`apps/v1`) that are compared with the controller's belief.
package struct ReplicaSet: Sendable, Equatable, Decodable {
    package struct Metadata: Sendable, Equatable, Decodable {
        package var name: String
        package var namespace: String?
        package var uid: String?
        package var resourceVersion: String?
        package var creationTimestamp: String?
        package var generation: Int64?
        package var labels: [String: String]?
        /// Only those in ``Marks``.
        package var annotations: [String: String]?
        package var ownerReferences: [OwnerReference]?
        package var managedFields: [ManagedFields]?

        private enum CodingKeys: String, CodingKey {
            case name, namespace, uid, resourceVersion, creationTimestamp, generation, labels, annotations
            case ownerReferences, managedFields
        }

        package init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = try fields.decode(String.self, forKey: .name)
            namespace = try fields.decodeIfPresent(String.self, forKey: .namespace)
            uid = try fields.decodeIfPresent(String.self, forKey: .uid)
            resourceVersion = try fields.decodeIfPresent(String.self, forKey: .resourceVersion)
            creationTimestamp = try fields.decodeIfPresent(String.self, forKey: .creationTimestamp)
            generation = try fields.decodeIfPresent(Int64.self, forKey: .generation)
            labels = try fields.decodeIfPresent([String: String].self, forKey: .labels)
            annotations = try fields.decodeIfPresent(Marks.Values.self, forKey: .annotations)?.texts
            ownerReferences = try fields.decodeIfPresent([OwnerReference].self, forKey: .ownerReferences)
            managedFields = try fields.decodeIfPresent([ManagedFields].self, forKey: .managedFields)
        }
    }

    package struct OwnerReference: Sendable, Equatable, Decodable {
        package var uid: String?
        package var controller: Bool?
    }

    package struct Spec: Sendable, Equatable, Decodable {
        package var replicas: Int64?
        package var template: Template?
    }

    package struct Template: Sendable, Equatable, Decodable {
        package struct Metadata: Sendable, Equatable, Decodable {
            package var labels: [String: String]?
        }

        package var metadata: Metadata?
        package var spec: Rollout.Template.PodSpec?

        /// The image of the first container.
        package var image: String? { spec?.containers?.first?.image }
    }

    package struct Status: Sendable, Equatable, Decodable {
        package var observedGeneration: Int64?
        package var replicas: Int64?
        package var readyReplicas: Int64?
        package var availableReplicas: Int64?
        /// `ReplicaFailure` tells why no pod can be created: a quota or an admission webhook.
        package var conditions: [Pod.Condition]?
    }

    /// The label that Argo Rollouts sets on its ReplicaSets.
    package static let podHashLabel = "rollouts-pod-template-hash"

    package var metadata: Metadata
    package var spec: Spec
    package var status: Status

    private enum CodingKeys: String, CodingKey {
        case metadata, spec, status
    }

    package init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        metadata = try fields.decode(Metadata.self, forKey: .metadata)
        spec = try fields.decodeIfPresent(Spec.self, forKey: .spec) ?? Spec()
        spec.template?.spec?.keepImage()
        status = try fields.decodeIfPresent(Status.self, forKey: .status) ?? Status()
    }

    /// Why the API server rejects its pods; nil if it does not.
    package var failure: String? {
        status.conditions?.first { $0.type == "ReplicaFailure" && $0.status == "True" }?.message
    }

    package var podHash: String? { metadata.labels?[Self.podHashLabel] }

    /// The Rollout's number of replicas at the last scaling by the controller; nil if it is not recorded.
    package var desiredReplicas: Int64? { metadata.annotations?[Marks.desiredReplicas].flatMap { Int64($0) } }

    /// Compares owner references, because another Rollout may have the same labels.
    package func isOwned(by rollout: Rollout) -> Bool {
        guard let uid = rollout.metadata.uid else { return false }
        return metadata.ownerReferences?.contains { $0.uid == uid && $0.controller != false } ?? false
    }

    /// Whether its status is for its current spec.
    package var isObserved: Bool {
        (status.observedGeneration ?? 0) >= (metadata.generation ?? 0)
    }
}

/// The ReplicaSets of a Rollout, whose own counters may be wrong.
package enum Evidence: Sendable, Equatable {
    /// Reading ReplicaSets is forbidden (403).
    case forbidden
    /// Not read: the Rollout needs no evidence, or the judged file contains no ReplicaSets.
    case notGiven
    /// The ReplicaSets that were read, possibly including those of other Rollouts.
    case live([ReplicaSet])

    /// The ReplicaSets of `rollout`; empty if they were not read.
    package func ownedReplicaSets(of rollout: Rollout) -> [ReplicaSet] {
        guard case .live(let all) = self else { return [] }
        return all.filter { $0.isOwned(by: rollout) }
    }

    package func current(of rollout: Rollout) -> ReplicaSet? {
        guard case .live(let all) = self, let hash = rollout.podHash else { return nil }
        return all.first { $0.podHash == hash && $0.isOwned(by: rollout) }
    }

    /// Whether pods of other ReplicaSets of `rollout` still exist.
    package func hasOldPods(of rollout: Rollout) -> Bool {
        ownedReplicaSets(of: rollout).contains { $0.podHash != rollout.podHash && ($0.status.replicas ?? 0) > 0 }
    }
}
