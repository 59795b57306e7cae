@testable import Rollouts

/// The allowed final states: Healthy, held back by a named gate that does not open by itself, or given up.
extension ModelCluster {
    /// Returns what is still to happen; nil if nothing is.
    func opening(of object: ModelObject) -> String? {
        let rollout = object.rollout
        if rollout.hasOwnRestart {
            // Its pods change by themselves, which a read of its ReplicaSets takes for progress of the restart.
            let moves = [.unavailable, .autoscaled].contains(object.ailment)
            return moves ? nil : "a restart of ours is pending"
        }
        if rollout.status.phase == Health.healthy, rollout.isGenerationObserved { return nil }
        let settings = ledger.settings
        // Its restarts are not counted and continue, one per cool-down. If the tool removes the restart as well, it may
        // never be completed.
        if object.gitOps == .replaces, rollout.health.matches { return nil }
        if object.gitOps.removesLabels, !object.ailment.isHealable, !object.ailment.isRefreshable { return nil }
        // A restart by another client is not taken back.
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
