import Formats
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
    /// By process.
    var unobserved: [String: [Unobserved]] = [:]
    /// By uid.
    var armed: [String: Armed] = [:]

    init(_ settings: Watchlist.Settings, _ clocks: ModelCluster.Clocks) {
        self.settings = settings
        self.clocks = clocks
    }

    func violate(_ text: String, at now: Timestamp) {
        if violations.count < 5 { violations.append("\(now.secondsSince1970 - ModelCluster.start) s: \(text)") }
    }

    /// - Parameters:
    ///   - hasJumped: the server's clock did, between the decision and the patch: what was decided by the one and
    ///     written by the other may look too early. No look at the object can tell.
    ///   - canLook: the controller has been up since the refresh. One that was down did not see it: what is stuck looks the
    ///     same before and after, so it is restarted, and the breaker keeps that to a few.
    func accepted(
        _ patch: RestartPatch, to object: ModelObject, hasJumped: Bool, canLook: Bool, at now: Timestamp
    ) {
        restarts += 1
        let rollout = object.rollout
        let uid = patch.uid
        guard let restartAt = patch.restartAt else { return violate("a restart without a moment", at: now) }
        check(rollout, restartAt, at: now)
        if !settings.restarts { violate("\(rollout.metadata.name): restarted with refreshes only", at: now) }
        if object.ailment.isRefreshable, settings.rule.isStrict, clocks != .jumping, canLook || object.isStale {
            violate("\(rollout.metadata.name): restarted what a refresh heals", at: now)
        }
        if object.mark == nil, settings.rule.isStrict {
            violate("\(rollout.metadata.name): restarted without a refresh", at: now)
        }
        let deadline = rollout.spec.progressDeadlineSeconds ?? 600
        let apart = max(settings.rule.coolDown, deadline) - (clocks == .truncated ? 1 : 0)
        let label = rollout.metadata.labels?[Marks.restartedAt].flatMap { Int64($0) }
        let traces = [rollout.restartAt, rollout.restartedAt, label.map { Timestamp(secondsSince1970: $0) }]
        if let last = traces.compactMap({ $0 }).max(), !hasJumped, restartAt.seconds(since: last) < apart {
            violate("\(rollout.metadata.name): \(restartAt.seconds(since: last)) s after the last restart", at: now)
        }
        var inVain = 1
        if let last = accounts[uid] {
            // One that was not carried out leaves no trace where a tool removes our label; with clocks that jump, nor does
            // one that somebody moved to an earlier time.
            let hasTrace = label != nil || rollout.restartedAt == last.restartAt
            if hasTrace, clocks != .jumping, restartAt.seconds(since: last.restartAt) < apart {
                violate("\(rollout.metadata.name): two of ours within the cool-down", at: now)
            }
            let changed = rollout.condition("Healthy")?.lastTransitionTime.flatMap(Timestamp.init(rfc3339:))
            let isProven = changed.map { $0 > last.restartAt } ?? false
            let isCounted = rollout.metadata.labels?[Marks.restarts] != nil || !object.gitOps.removesLabels
            if last.podHash == rollout.podHash, !isProven, isCounted { inVain = last.inVain + 1 }
        }
        if inVain > settings.rule.maxRestarts { violate("\(rollout.metadata.name): restart \(inVain)", at: now) }
        accounts[uid] = Account(restartAt: restartAt, podHash: rollout.podHash, inVain: inVain)
    }

    /// There is one process of ours.
    var isAlone = false
    private(set) var refreshes = 0
    private var refreshed: [String: (at: Timestamp, change: Timestamp, since: Timestamp?)] = [:]

    func refreshed(_ object: ModelObject, _ order: RefreshOrder, at now: Timestamp) {
        refreshes += 1
        let uid = object.rollout.metadata.uid ?? ""
        defer { if order.step == .first { refreshed[uid] = (now, object.lastChange, object.rollout.since) } }
        if let last = refreshed[uid], order.step == .first, isAlone, clocks == .exact,
            settings.staleAfter >= .seconds(5), last.change == object.lastChange, last.since == object.rollout.since,
            last.at > object.lastChange, now.seconds(since: last.at) < 55,
            // Whoever may not read ReplicaSets marks the Rollout alone: the watch tells of that, and where the answer is lost
            // the watch may be late. Where a tool removes the mark, nobody tells.
            !order.plan.replicaSets.isEmpty
        {
            violate("\(object.rollout.metadata.name): two refreshes within a minute", at: now)
        }
        if object.rollout.isIgnored { violate("\(object.rollout.metadata.name): refreshed though ignored", at: now) }
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

extension HealRule {
    /// Nothing is restarted that is not proven.
    var isStrict: Bool { policy == .strict && !allowsUnproven }
}
