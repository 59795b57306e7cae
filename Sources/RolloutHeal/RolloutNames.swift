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
    ///
    /// - Parameter offer: called twice: as soon as the Rollouts are read, and when their ReplicaSets are too.
    package func find(
        namespace: String, offer: ([Candidate]) -> Void
    ) async throws(RolloutHealError) {
        let rollouts = try await api.rollouts(in: Scope(namespace: namespace), .cached) { _ in true }.found
            .sorted { left, right in
                left.matchesRule != right.matchesRule ? left.matchesRule : left.metadata.name < right.metadata.name
            }
        offer(
            rollouts.map {
                Candidate(name: $0.metadata.name, description: $0.health.phase, matches: $0.matchesRule)
            })
        let answers = try await api.answers(for: rollouts.filter(\.mayNeedAttention))
        let now = api.now
        offer(
            rollouts.map { rollout in
                let evidence = try? answers[RolloutID(rollout)]?.get()
                let diagnosis = evidence.flatMap { rollout.diagnosis($0, now: now) }
                return Candidate(
                    name: rollout.metadata.name, description: diagnosis?.rawValue ?? rollout.health.phase,
                    matches: rollout.needsAttention(diagnosis))
            })
    }
}
