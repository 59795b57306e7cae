@testable import Rollouts

/// What must never happen, seen from the API server: kept apart from the code it judges.
final class Ledger {
    private struct Account {
        var restartAt: Timestamp
        var podHash: String?
        /// Restarts of this pod template in a row that proved to be in vain, or still may.
        var inVain: Int
    }

    let settings: Watchlist.Settings
    let clocks: ModelCluster.Clocks
    private(set) var violations: [String] = []
    private(set) var restarts = 0
    private var accounts: [String: Account] = [:]
    private var lastTimeOut: [String: Timestamp] = [:]

    init(_ settings: Watchlist.Settings, _ clocks: ModelCluster.Clocks) {
        self.settings = settings
        self.clocks = clocks
    }

    func violate(_ text: String, at now: Timestamp) {
        if violations.count < 5 { violations.append("\(now.secondsSince1970 - ModelCluster.start) s: \(text)") }
    }

    /// The condition Healthy has become False.
    func timedOut(_ rollout: Rollout, at now: Timestamp) {
        lastTimeOut[rollout.metadata.uid ?? ""] = now
    }

    /// - Parameter hasJumped: the server's clock did, between the decision and the patch: what was decided by the one and
    ///   written by the other may look too early. No look at the object can tell.
    func accepted(_ patch: RestartPatch, to object: ModelObject, hasJumped: Bool, at now: Timestamp) {
        restarts += 1
        let rollout = object.rollout
        let uid = patch.uid
        guard let restartAt = patch.restartAt else { return violate("a restart without a moment", at: now) }
        check(rollout, restartAt, at: now)
        let deadline = rollout.spec.progressDeadlineSeconds ?? 600
        let apart = max(settings.rule.coolDown, deadline) - (clocks == .truncated ? 1 : 0)
        if let last = rollout.restartAt, !hasJumped, restartAt.seconds(since: last) < apart {
            violate("\(rollout.metadata.name): \(restartAt.seconds(since: last)) s after the last restart", at: now)
        }
        var inVain = 1
        if let last = accounts[uid] {
            // One that somebody took back has left no trace on the object; with clocks that jump, nor has one that somebody
            // moved to an earlier time.
            if rollout.spec.restartAt != nil, clocks != .jumping, restartAt.seconds(since: last.restartAt) < apart {
                violate("\(rollout.metadata.name): two of ours within the cool-down", at: now)
            }
            let since = min(last.restartAt, rollout.restartAt ?? last.restartAt)
            let isProven = lastTimeOut[uid].map { $0.seconds(since: since) >= 3600 } ?? false
            if last.podHash == rollout.podHash, !isProven { inVain = last.inVain + 1 }
        }
        if inVain > settings.rule.maxRestarts { violate("\(rollout.metadata.name): restart \(inVain)", at: now) }
        accounts[uid] = Account(restartAt: restartAt, podHash: rollout.podHash, inVain: inVain)
    }

    private func check(_ rollout: Rollout, _ restartAt: Timestamp, at now: Timestamp) {
        let name = rollout.metadata.name
        if rollout.status.phase != "Degraded" { violate("\(name): restarted though \(rollout.health.phase)", at: now) }
        if rollout.isIgnored { violate("\(name): restarted though ignored", at: now) }
        if rollout.spec.paused == true { violate("\(name): restarted though paused", at: now) }
        if rollout.status.abort == true { violate("\(name): restarted though aborted", at: now) }
        if rollout.status.stableRS != rollout.podHash { violate("\(name): restarted in an update", at: now) }
        if rollout.spec.replicas == 1, settings.rule.policy == .strict {
            violate("\(name): its only pod was restarted", at: now)
        }
        if let asked = rollout.spec.restartAt, asked != rollout.status.restartedAt {
            violate("\(name): restarted while a restart is pending", at: now)
        }
    }
}
