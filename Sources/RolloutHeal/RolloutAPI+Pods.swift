internal import Formats
package import KubeClient
package import Rollouts

/// Why pods of the current ReplicaSet are unavailable.
package enum PodReport: Sendable, Equatable {
    /// All pods are available, or there is no current ReplicaSet.
    case notAsked
    /// Reading pods is forbidden (403); the right is optional.
    case forbidden
    /// The pods could not be read; the rest of the page is shown without them.
    case unreadable(KubeError)
    /// - count: the number of existing pods.
    /// - failure: why the API server accepts no more pods of the ReplicaSet; nil if it does.
    case read([PodTrouble], count: Int, failure: String?)
}

extension RolloutAPI {
    private static let pods = APIResource(group: "", version: "v1", plural: "pods")

    /// Reads the pods of `current` if fewer are available than its own spec wants: a canary has few on purpose.
    func podReport(of rollout: Rollout, _ current: ReplicaSet?) async throws(RolloutHealError) -> PodReport {
        guard let current, let hash = current.podHash, current.lacksPods(of: rollout) else { return .notAsked }
        let options = ListOptions(
            namespace: rollout.metadata.namespace, labelSelector: "\(ReplicaSet.podHashLabel)=\(hash)")
        do throws(KubeError) {
            return PodReport(try await all(Pod.self, of: Self.pods, options), of: current, now: now)
        } catch {
            if error.status?.code == 403 { return .forbidden }
            if error == .cancelled { throw .api(error) }
            return .unreadable(error)
        }
    }
}

extension PodReport {
    /// - Parameter pods: those of others are left out.
    init(_ pods: [Pod], of replicaSet: ReplicaSet, now: Timestamp) {
        let owned = pods.filter { $0.isOwned(by: replicaSet) }
        self = .read(
            owned.compactMap { $0.trouble(now: now) }.byCommonness, count: owned.count, failure: replicaSet.failure)
    }
}

extension ReplicaSet {
    /// Fewer are available than it is to have.
    func lacksPods(of rollout: Rollout) -> Bool {
        (status.availableReplicas ?? 0) < (spec.replicas ?? rollout.desiredReplicas)
    }
}
