package import Formats
package import Rollouts

extension RestartRollouts {
    /// Takes back the pending or scheduled restart of one Rollout.
    ///
    /// - Parameter only: the `restartAt` to take back; nil for any.
    package func cancel(_ id: RolloutID, only: Timestamp? = nil) async -> RestartOutcome {
        var outcome = RestartOutcome(id, .cancelled)
        do throws(RolloutHealError) {
            let rollout = try await api.rollout(namespace: id.namespace, name: id.name)
            outcome.uid = rollout.metadata.uid
            outcome.result = try await cancelled(rollout, only)
        } catch {
            outcome.result = .failed(error)
        }
        return outcome
    }

    private func cancelled(_ first: Rollout, _ only: Timestamp?) async throws(RolloutHealError) -> RestartOutcome.Result
    {
        var rollout = first
        var bounds = Bounds(name: first.metadata.name, api)
        var mayHaveLanded = false
        while true {
            if mayHaveLanded, rollout.spec.restartAt == nil { return .cancelled }
            guard rollout.hasUnfinishedRestart, only == nil || rollout.restartAt == only,
                let patch = RestartPatch.cancel(rollout, now: api.now)
            else {
                let health = rollout.health
                return .skipped(.init(verdict: nil, phase: health.phase, why: "no restart is pending"))
            }
            if dryRun == .client { return .cancelled }
            guard case .again(let again) = try await write(patch, to: rollout) else { return .cancelled }
            try bounds.count(again)
            try await api.pause(again.pause)
            rollout = try await reread(rollout)
            if again.reason == .unknown { mayHaveLanded = true }
        }
    }
}
