@testable import Rollouts

/// What a Rollout may be in the end: Healthy, held by a gate that has a name and does not open by itself, or given up.
extension ModelCluster {
    /// What is still to happen with it; nil where nothing is.
    func opening(of object: ModelObject) -> String? {
        let rollout = object.rollout
        if rollout.hasOwnRestart {
            // Its pods come and go by themselves: whoever looks at its ReplicaSets sees something come of the restart.
            let moves = [.unavailable, .autoscaled].contains(object.ailment)
            return moves ? nil : "a restart of ours is pending"
        }
        if rollout.status.phase == Health.healthy, rollout.isGenerationObserved { return nil }
        let settings = ledger.settings
        // Nothing counts its restarts: they go on, one in each cool-down.
        // Where the tool removes the restart as well, it may never be carried out.
        if object.gitOps == .replaces, rollout.health.matches { return nil }
        if object.gitOps.removesLabels, !object.ailment.isHealable, !object.ailment.isRefreshable { return nil }
        // A restart that somebody else asked for is not ours to take back.
        if object.blocked?.asked == rollout.spec.restartAt, rollout.hasUnfinishedRestart { return nil }
        let evidence = object.evidence
        guard let verdict = settings.rule.verdict(on: rollout, evidence, now: now) else {
            return "\(rollout.health.phase), and nobody says why"
        }
        switch verdict.diagnosis {
        case .aborted, .paused, .updating, .unavailable, .oldPods: return nil
        case .stuck where rollout.isIgnored: return nil
        case .stuck where !rollout.hasTriedRefresh(evidence, now: now): return "stuck, and not refreshed"
        case .stuck where !settings.restarts: return nil
        case .stuck: break
        default: return "\(verdict.word)"
        }
        switch verdict.heldBy?.gate {
        case .optOut, .solePod, .attempts: return nil
        default: return "\(verdict.word)"
        }
    }
}
