internal import HTTPTransport
internal import KubeClient
internal import Metrics
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// What `watch` counts, as Prometheus reads it. Labels take values from closed sets only.
final class HealMetrics: Sendable {
    fileprivate struct Families {
        static let restartResults = ["restarted", "cancelled", "failed"]
        static let refreshResults = ["refreshed", "failed"]
        static let recoveryResults = ["healed", "by-itself", "in-vain"]
        static let skipReasons = Gate.allCases.map(\.rawValue)
        static let codes = (100..<600).map { String($0) } + ["error"]

        var degraded = MetricFamily(
            "rollout_heal_degraded", .gauge, "Rollouts that match the rule or are seen wrongly, by diagnosis.",
            labels: ["diagnosis"])
        var restarts = MetricFamily(
            "rollout_heal_restarts_total", .counter, "Restarts asked for, by what became of the request.",
            labels: [MetricLabel("result", restartResults)])
        var refreshes = MetricFamily(
            "rollout_heal_refreshes_total", .counter, "Refreshes of a Rollout, by what became of the writes.",
            labels: [MetricLabel("result", refreshResults)])
        var skipped = MetricFamily(
            "rollout_heal_skipped_total", .counter, "Restarts held back, once for each cause.",
            labels: [MetricLabel("reason", skipReasons)])
        var recovered = MetricFamily(
            "rollout_heal_recovered_total", .counter,
            "Ends of trouble: healed by a restart or a refresh, by itself, or a restart in vain.",
            labels: [MetricLabel("result", recoveryResults)])
        var recoverySeconds = MetricFamily(
            "rollout_heal_recovery_seconds", .histogram([5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800]),
            "From a restart or a refresh to Healthy.")
        var givenUp = MetricFamily(
            "rollout_heal_given_up", .gauge, "Rollouts that have had all their restarts in vain.")
        var watched = MetricFamily("rollout_heal_watched", .gauge, "Rollouts in view.")
        var leader = MetricFamily("rollout_heal_leader", .gauge, "1 while this replica may heal.")
        var heals = MetricFamily("rollout_heal_heals", .gauge, "1 with --heal, leading or not; 0 where it only looks.")
        var storm = MetricFamily("rollout_heal_storm", .gauge, "1 while a storm holds all restarts back.")
        var watchRestarts = MetricFamily(
            "rollout_heal_watch_restarts_total", .counter, "Lists and watches that were asked for again, by reason.",
            labels: ["reason"])
        var requests = MetricFamily(
            "rollout_heal_api_requests_total", .counter, "Requests to the API server; code is error without an answer.",
            labels: ["verb", MetricLabel("code", codes)])
        var requestSeconds = MetricFamily(
            "rollout_heal_api_request_duration_seconds",
            .histogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
            "From a request to the head of its answer.", labels: ["verb"])
        var buildInfo = MetricFamily(
            "rollout_heal_build_info", .gauge, "1, with what this was built from.",
            labels: ["version", "commit", "swift"])

        var all: [MetricFamily] {
            [
                degraded, restarts, refreshes, skipped, recovered, recoverySeconds, givenUp, watched, leader, heals,
                storm,
                watchRestarts, requests, requestSeconds, buildInfo,
            ]
        }
    }

    private let families: Mutex<Families>

    init(heals: Bool) {
        var families = Families()
        families.heals.set(heals ? 1 : 0)
        families.buildInfo.set(1, BuildInfo.version, BuildInfo.commit, BuildInfo.swift)
        // What has not happened yet is 0, not missing: rates need a beginning.
        for result in Families.restartResults { families.restarts.start(result) }
        for result in Families.refreshResults { families.refreshes.start(result) }
        for reason in Families.skipReasons { families.skipped.start(reason) }
        for result in Families.recoveryResults { families.recovered.start(result) }
        families.recoverySeconds.start()
        for reason in ReflectorState.Reason.allCases { families.watchRestarts.start(reason.rawValue) }
        for diagnosis in Diagnosis.allCases { families.degraded.start(diagnosis.rawValue) }
        self.families = Mutex(families)
    }

    /// - Parameter isLeading: what a standby sees is counted by the leader.
    func count(_ report: WatchReport, isLeading: Bool) {
        families.withLock { families in
            switch report {
            case .interrupted(_, let pause): families.watchRestarts.add(1, pause.reason.rawValue)
            case .change(let change) where isLeading: families.count(change)
            case .change, .synced, .watching, .unreadable: break
            }
        }
    }

    func count(_ method: HTTPRequest.Method, code: Int?, seconds: Double) {
        families.withLock { families in
            families.requests.add(1, method.rawValue, code.map { String($0) } ?? "error")
            families.requestSeconds.observe(seconds, method.rawValue)
        }
    }

    func set(_ view: WatchView, isLeading: Bool) {
        families.withLock { families in
            for diagnosis in Diagnosis.allCases {
                families.degraded.set(Double(view.degraded[diagnosis] ?? 0), diagnosis.rawValue)
            }
            families.givenUp.set(Double(view.givenUp))
            families.watched.set(Double(view.count))
            families.leader.set(isLeading ? 1 : 0)
            families.storm.set(view.isStormy ? 1 : 0)
        }
    }

    var text: String {
        let families = families.withLock { $0.all } + ProcessMetrics.families()
        return families.map(\.text).joined()
    }
}

extension HealMetrics.Families {
    fileprivate mutating func count(_ change: Change) {
        switch change.kind {
        case .refreshed: refreshes.add(1, "refreshed")
        case .restarted: restarts.add(1, "restarted")
        case .cancelled: restarts.add(1, "cancelled")
        case .skipped, .gaveUp: skipped.add(1, (change.gate ?? .policy).rawValue)
        case .recovered:
            recovered.add(1, change.seconds == nil ? "by-itself" : "healed")
            if let seconds = change.seconds { recoverySeconds.observe(Double(seconds)) }
        case .error where change.isInVain: recovered.add(1, "in-vain")
        case .error where change.isFailedRefresh: refreshes.add(1, "failed")
        case .error where change.isFailedWrite: restarts.add(1, "failed")
        case .error, .found, .deleted: break
        }
    }
}
