internal import HTTPTransport
internal import KubeClient
internal import Metrics
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The metrics of `watch` for Prometheus. All labels have closed sets of values; that of namespaces is the user's.
final class HealMetrics: Sendable {
    enum RestartResult: String, CaseIterable {
        case restarted
        case cancelled
        case failed
    }

    enum RefreshResult: String, CaseIterable {
        case refreshed
        case failed
    }

    enum Recovery: String, CaseIterable {
        case healed
        case byItself = "by-itself"
        case inVain = "in-vain"
    }

    /// When a stale view was found.
    enum StaleView: String, CaseIterable {
        case beforeDeadline = "before-deadline"
        case degraded
    }

    /// What is counted by namespace.
    enum NamespaceStep: String, CaseIterable {
        case refreshed, restarted, healed
        case gaveUp = "gave-up"

        init?(_ change: Change) {
            switch change.kind {
            case .refreshed: self = .refreshed
            case .restarted: self = .restarted
            case .recovered where change.recovery != nil: self = .healed
            case .gaveUp: self = .gaveUp
            default: return nil
            }
        }
    }

    /// Why a Rollout without a row is counted.
    enum LeftOut: String, CaseIterable {
        case degraded
        case inProgress = "in-progress"
        case excluded
        case unreadable
    }

    /// One declaration per metric, in output order. A new metric takes one declaration and the line that counts it.
    struct Families {
        var degraded = MetricFamily(
            "rollout_heal_degraded", .gauge, help: "Rollouts that match the rule or have a stale view, by diagnosis.",
            labels: [MetricLabel("diagnosis", Diagnosis.self)], startsAtZero: true)
        var leftOut = MetricFamily(
            "rollout_heal_left_out", .gauge,
            help: "Rollouts that are not Healthy and need no healing, or are excluded or unreadable.",
            labels: [MetricLabel("reason", LeftOut.self)], startsAtZero: true)
        var restarts = MetricFamily(
            "rollout_heal_restarts_total", .counter, help: "Restarts requested, by result.",
            labels: [MetricLabel("result", RestartResult.self)], startsAtZero: true)
        var refreshes = MetricFamily(
            "rollout_heal_refreshes_total", .counter, help: "Refreshes of a Rollout, by result.",
            labels: [MetricLabel("result", RefreshResult.self)], startsAtZero: true)
        var skipped = MetricFamily(
            "rollout_heal_skipped_total", .counter, help: "Restarts held back, once for each cause.",
            labels: [MetricLabel("reason", Gate.self)], startsAtZero: true)
        var recovered = MetricFamily(
            "rollout_heal_recovered_total", .counter,
            help: "Outcomes: healed by a restart or a refresh, by itself, or a restart that did not help.",
            labels: [MetricLabel("result", Recovery.self)], startsAtZero: true)
        var recoverySeconds = MetricFamily(
            "rollout_heal_recovery_seconds", .histogram([0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800]),
            help: "Time from a restart or a refresh to Healthy, by step.",
            labels: [MetricLabel("by", Change.Remedy.self)],
            startsAtZero: true)
        var staleFound = MetricFamily(
            "rollout_heal_stale_found_total", .counter,
            help: "Stale views found: before the progress deadline, or when the Rollout was Degraded.",
            labels: [MetricLabel("when", StaleView.self)], startsAtZero: true)
        var healedEarly = MetricFamily(
            "rollout_heal_healed_early_total", .counter,
            help: "Rollouts healed by a refresh before the progress deadline, so that no alert fired.",
            startsAtZero: true)
        var evicted = MetricFamily(
            "rollout_heal_pods_evicted_total", .counter, help: "Pods evicted by restarts that ended Healthy.",
            startsAtZero: true)
        var givenUp = MetricFamily(
            "rollout_heal_given_up", .gauge, help: "Rollouts whose allowed restarts did not help.")
        var namespaceDegraded: MetricFamily
        var namespaceSteps: MetricFamily
        var watched = MetricFamily("rollout_heal_watched", .gauge, help: "Rollouts watched.")
        var leader = MetricFamily("rollout_heal_leader", .gauge, help: "1 while this replica may heal.")
        var heals = MetricFamily(
            "rollout_heal_heals", .gauge, help: "1 with --heal, leading or not; 0 if it only watches.")
        var storm = MetricFamily("rollout_heal_storm", .gauge, help: "1 while a storm holds all restarts back.")
        var watchUp = MetricFamily(
            "rollout_heal_watch_up", .gauge, help: "1 while the watch of Rollouts is open and all have been listed.")
        var watchRestarts = MetricFamily(
            "rollout_heal_watch_restarts_total", .counter, help: "Lists and watches started again, by reason.",
            labels: [MetricLabel("reason", ReflectorState.Reason.self)], startsAtZero: true)
        var notifications = MetricFamily(
            "rollout_heal_notifications_total", .counter, help: "Notification messages, by kind of target and result.",
            labels: [MetricLabel("kind", NotifyTarget.Kind.self), MetricLabel("result", NotifySender.Result.self)],
            startsAtZero: true)
        var requests = MetricFamily(
            "rollout_heal_api_requests_total", .counter,
            help: "Requests to the API server; code is error if there was no response.",
            labels: ["verb", MetricLabel("code", (100..<600).map { String($0) } + [noAnswer])])
        var requestSeconds = MetricFamily(
            "rollout_heal_api_request_duration_seconds",
            .histogram([0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
            help: "Time from a request to the head of its response.", labels: ["verb"])
        var buildInfo = MetricFamily(
            "rollout_heal_build_info", .gauge, help: "Always 1; the labels say what this was built from.",
            labels: ["version", "commit", "swift"])

        fileprivate static let noAnswer = "error"
        /// Not `namespace`, which Prometheus sets to that of the scraped pod.
        private static let namespaceLabel = "rollout_namespace"

        /// - Parameter namespaces: those that are counted by name; without any, none is counted.
        init(namespaces: [String] = []) {
            let names = namespaces.isEmpty ? [] : namespaces + [MetricLabel.other]
            let label = MetricLabel(Self.namespaceLabel, names)
            namespaceDegraded = MetricFamily(
                "rollout_heal_namespace_degraded", .gauge,
                help: "The same as rollout_heal_degraded, by namespace; with --metrics-namespaces.",
                labels: [label, MetricLabel("diagnosis", Diagnosis.self)], startsAtZero: true)
            namespaceSteps = MetricFamily(
                "rollout_heal_namespace_steps_total", .counter,
                help: "Steps and outcomes, by namespace; with --metrics-namespaces.",
                labels: [label, MetricLabel("step", NamespaceStep.self)], startsAtZero: true)
        }

        /// All declared families.
        var all: [MetricFamily] { Mirror(reflecting: self).children.compactMap { $0.value as? MetricFamily } }
    }

    private let families: Mutex<Families>
    private let countsNamespaces: Bool

    /// - Parameter namespaces: those that are counted by name; all others count as other. Without any, none is counted.
    init(heals: Bool, namespaces: [String] = []) {
        var families = Families(namespaces: namespaces)
        countsNamespaces = !namespaces.isEmpty
        families.heals.set(heals ? 1 : 0)
        families.buildInfo.set(1, BuildInfo.version, BuildInfo.commit, BuildInfo.swift)
        self.families = Mutex(families)
    }

    /// - Parameter isLeading: on a standby, changes are not counted, because the leader counts them.
    func count(_ report: WatchReport, isLeading: Bool) {
        families.withLock { families in
            switch report {
            case .interrupted(_, let pause): families.watchRestarts.add(1, pause.reason.rawValue)
            case .change(let change) where isLeading:
                families.count(change)
                if countsNamespaces { families.countInNamespace(change) }
            case .change, .synced, .watching, .unreadable: break
            }
        }
    }

    func count(_ method: HTTPRequest.Method, code: Int?, seconds: Double) {
        families.withLock { families in
            families.requests.add(1, method.rawValue, code.map { String($0) } ?? Families.noAnswer)
            families.requestSeconds.observe(seconds, method.rawValue)
        }
    }

    func count(_ kind: NotifyTarget.Kind, _ result: NotifySender.Result) {
        families.withLock { $0.notifications.add(1, kind.rawValue, result.rawValue) }
    }

    func set(_ view: WatchView, isLeading: Bool) {
        families.withLock { families in
            families.watchUp.set(view.isSynced && view.trouble == nil ? 1 : 0)
            if countsNamespaces { families.setNamespaces(view.rows) }
            for diagnosis in Diagnosis.allCases {
                families.degraded.set(Double(view.degraded[diagnosis] ?? 0), diagnosis.rawValue)
            }
            let counts: [(LeftOut, Int)] = [
                (.degraded, view.census.otherDegraded), (.inProgress, view.census.inProgress),
                (.excluded, view.census.excluded), (.unreadable, view.census.unreadable),
            ]
            for (reason, count) in counts { families.leftOut.set(Double(count), reason.rawValue) }
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
        case .refreshed: refreshes.add(1, HealMetrics.RefreshResult.refreshed.rawValue)
        case .restarted: restarts.add(1, HealMetrics.RestartResult.restarted.rawValue)
        case .cancelled: restarts.add(1, HealMetrics.RestartResult.cancelled.rawValue)
        case .skipped, .gaveUp: skipped.add(1, (change.gate ?? .policy).rawValue)
        case .recovered:
            recovered.add(1, (change.recovery == nil ? HealMetrics.Recovery.byItself : .healed).rawValue)
            if let recovery = change.recovery {
                recoverySeconds.observe(recovery.duration / .seconds(1), recovery.by.rawValue)
                if recovery.isEarly { healedEarly.add() }
                evicted.add(Double(recovery.evicted ?? 0))
            }
        case .error where change.failure == .restartInVain: recovered.add(1, HealMetrics.Recovery.inVain.rawValue)
        case .error where change.failure == .refreshNotWritten:
            refreshes.add(1, HealMetrics.RefreshResult.failed.rawValue)
        case .error where change.failure == .restartNotWritten:
            restarts.add(1, HealMetrics.RestartResult.failed.rawValue)
        case .found where change.diagnosis?.isControllersView == true:
            staleFound.add(1, (change.isDegraded ? HealMetrics.StaleView.degraded : .beforeDeadline).rawValue)
        case .error, .found, .deleted: break
        }
    }

    fileprivate mutating func countInNamespace(_ change: Change) {
        guard let namespace = change.id?.namespace, let step = HealMetrics.NamespaceStep(change) else { return }
        namespaceSteps.add(1, namespace, step.rawValue)
    }

    fileprivate mutating func setNamespaces(_ rows: [WatchedRow]) {
        namespaceDegraded.setAll(0)
        for row in rows {
            if let diagnosis = row.verdict?.diagnosis { namespaceDegraded.add(1, row.id.namespace, diagnosis.rawValue) }
        }
    }
}
