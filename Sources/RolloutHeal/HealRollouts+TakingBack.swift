internal import Formats
internal import Rollouts

/// Takes back restarts of ours that had no effect, so that none stays armed.
extension HealRollouts {
    /// Takes back a stalled restart, perhaps of a process that died; nil if there is none, or if the Rollout has opted
    /// out.
    func takeBackStalled(_ look: Look) async throws(RolloutHealError) -> HealOutcome.Result? {
        guard !options.refreshOnly, options.dryRun == .none, options.rule.leavesAlone(look.rollout) == nil,
            let restartAt = look.rollout.restartAt,
            look.rollout.hasStalledRestart(look.evidence, after: options.timeout, now: look.now)
        else { return nil }
        let outcome = await RestartRollouts(api, rule: options.rule).cancel(
            RolloutID(look.rollout), only: restartAt)
        switch outcome.result {
        case .cancelled: return .notHealed(.restart, why: Self.takenBack(restartAt))
        case .failed(let error): throw error
        default: return nil  // another client was faster, or it is carried out
        }
    }

    static func takenBack(_ restartAt: Timestamp) -> String {
        "no progress since \(restartAt.rfc3339), so it was taken back: no pod was evicted"
    }
}
