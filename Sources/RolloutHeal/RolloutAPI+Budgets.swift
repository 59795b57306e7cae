internal import KubeClient
internal import Rollouts

/// PodDisruptionBudgets, read from the stored state.
extension RolloutAPI {
    private static let budgets = APIResource(group: "policy", version: "v1", plural: "poddisruptionbudgets")
    /// The resource of servers before 1.21.
    private static let betaBudgets = APIResource(group: "policy", version: "v1beta1", plural: "poddisruptionbudgets")

    func budgets(namespace: String) async throws(RolloutHealError) -> Budgets {
        do throws(RolloutHealError) {
            return .live(try await list(Self.budgets, namespace))
        } catch .api(let error) where error.isAbsent {
            // Fall back to the older version.
        } catch .api(let error) where error.status?.code == 403 {
            return .forbidden
        }
        do throws(RolloutHealError) {
            return .live(try await list(Self.betaBudgets, namespace).map(\.ofBeta))
        } catch .api(let error) where error.isAbsent {
            return .live([])
        } catch .api(let error) where error.status?.code == 403 {
            return .forbidden
        }
    }

    private func list(
        _ resource: APIResource, _ namespace: String
    ) async throws(RolloutHealError) -> [PodDisruptionBudget] {
        try await api { () async throws(KubeError) in
            try await all(PodDisruptionBudget.self, of: resource, ListOptions(namespace: namespace))
        }
    }
}

extension KubeError {
    /// Whether the server does not serve the resource in this version.
    var isAbsent: Bool {
        switch self {
        case .notServed: true
        case .status(let status): status.code == 404
        default: false
        }
    }
}
