internal import KubeClient
internal import Rollouts

/// Rollouts that were read too long before their evidence.
extension RolloutAPI {
    struct ReadAgain: Sendable {
        /// Nil if it is gone, or no longer selected; one that was asked for by its name is an error then.
        var rollout: Rollout?
        var evidence: Result<Evidence, RolloutHealError>
        /// The uptime when the Rollout was asked for.
        var askedAt: Duration
    }

    /// Reads one Rollout, then its evidence: two requests, so that no other Rollout delays the second.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`; another failure is the evidence.
    func readAgain(_ rollout: Rollout, of scope: Scope) async throws(RolloutHealError) -> ReadAgain {
        let id = RolloutID(rollout)
        var again = ReadAgain(rollout: rollout, evidence: .success(.notGiven), askedAt: time.uptime())
        do throws(RolloutHealError) {
            again.rollout =
                scope.names.isEmpty
                ? try await rollouts(name: id.name, namespace: id.namespace, scope.labelSelector).last
                : try await self.rollout(namespace: id.namespace, name: id.name)
            guard let fresh = again.rollout else { return again }
            again.evidence = try await answers(for: [fresh], always: true)[id] ?? .success(.notGiven)
        } catch .api(.cancelled) {
            throw .api(.cancelled)
        } catch {
            again.evidence = .failure(error)
        }
        return again
    }
}
