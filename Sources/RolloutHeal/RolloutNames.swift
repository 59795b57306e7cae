internal import KubeClient
internal import Rollouts

/// Finds the names of Rollouts in one namespace for shell completion.
package struct RolloutNames: Sendable {
    package struct Candidate: Sendable, Equatable {
        package var name: String
        /// The diagnosis or phase.
        package var description: String
        package var matches: Bool
    }

    private let api: RolloutAPI

    package init(_ api: RolloutAPI) {
        self.api = api
    }

    /// Finds the names: those that match the rule first, then the others, each sorted.
    ///
    /// - Parameter offer: called twice: when the Rollouts have been read, and again with their ReplicaSets.
    /// - Throws: ``RolloutHealError`` if the Rollouts cannot be listed, or the task is cancelled.
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
