import Formats
@testable import Rollouts

/// The invariants, checked at the API server, independently of the code under test.
final class Ledger {
    private struct Account {
        var restartAt: Timestamp
        var podHash: String?
        /// Consecutive restarts of this pod template that did not help, or still may not.
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
    ///   - hasJumped: whether the server's clock changed between decision and patch: the patch may then look too early,
    /// which no read of the object can reveal.
    ///   - canLook: whether the controller has been up since the refresh. If not, a stuck Rollout looks the same before
    /// and after, so it is restarted, and the breaker limits the number.
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
        let deadline = Duration.seconds(rollout.spec.progressDeadlineSeconds ?? 600)
        let apart = max(settings.rule.coolDown, deadline) - (clocks == .truncated ? .seconds(1) : .zero)
        let label = rollout.metadata.labels?[Marks.restartedAt].flatMap { Int64($0) }
        let traces = [rollout.restartAt, rollout.restartedAt, label.map { Timestamp(secondsSince1970: $0) }]
        if let last = traces.compactMap({ $0 }).max(), !hasJumped, restartAt - last < apart {
            violate(
                "\(rollout.metadata.name): \((restartAt - last).components.seconds) s after the last restart", at: now)
        }
        var inVain = 1
        if let last = accounts[uid] {
            // An uncompleted restart leaves no trace if a tool removes our label; with jumping clocks, neither does one
            // that was moved to an earlier time.
            let hasTrace = label != nil || rollout.restartedAt == last.restartAt
            if hasTrace, clocks != .jumping, restartAt - last.restartAt < apart {
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

    /// Whether there is only one process of ours.
    var isAlone = false
    private(set) var refreshes = 0
    private var refreshed: [String: (at: Timestamp, change: Timestamp, since: Timestamp?)] = [:]

    func refreshed(_ object: ModelObject, _ order: RefreshOrder, at now: Timestamp) {
        refreshes += 1
        let uid = object.rollout.metadata.uid ?? ""
        defer { if order.step == .first { refreshed[uid] = (now, object.lastChange, object.rollout.since) } }
        if let last = refreshed[uid], order.step == .first, isAlone, clocks == .exact,
            settings.staleAfter >= .seconds(5), last.change == object.lastChange, last.since == object.rollout.since,
            last.at > object.lastChange, now - last.at < .seconds(55),
            // Without the right to read ReplicaSets, only the Rollout is marked, which the watch reports; if the
            // response is lost, the watch may be late. If a tool removes the mark, nothing reports it.
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
    /// Whether only proven cases may be restarted.
    var isStrict: Bool { policy == .strict && !allowsUnproven }
}
