internal import KubeClient
internal import Rollouts

/// The names of Rollouts in one namespace, for a shell to offer.
package struct RolloutNames: Sendable {
    package struct Candidate: Sendable, Equatable {
        package var name: String
        /// Diagnosis or phase.
        package var description: String
        package var matches: Bool
    }

    private let api: RolloutAPI

    package init(_ api: RolloutAPI) {
        self.api = api
    }

    /// Those that match the rule first, each part by name.
    package func callAsFunction(namespace: String) async throws(RolloutHealError) -> [Candidate] {
        let rollouts = try await api.rollouts(in: Scope(namespace: namespace), .cached) { _ in true }.found
        let evidence = try await api.read(for: rollouts.filter(\.isShown))
        let now = api.now
        let candidates = rollouts.map { rollout in
            let diagnosis = rollout.diagnosis(evidence[RolloutID(rollout)] ?? .forbidden, now: now)
            return Candidate(
                name: rollout.metadata.name, description: diagnosis?.rawValue ?? rollout.health.phase,
                matches: diagnosis != nil)
        }
        return candidates.sorted { left, right in
            left.matches != right.matches ? left.matches : left.name < right.name
        }
    }
}
