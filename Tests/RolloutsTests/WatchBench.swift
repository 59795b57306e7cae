import Formats
import TestSupport
import Testing

@testable import Rollouts

/// A watchlist with a clock that a test moves, and objects that come and go.
struct WatchBench {
    var list: Watchlist
    var uptime = Duration.zero
    var told: [Change] = []
    /// What the next looks find, by Rollout; a live, complete ReplicaSet where nothing is said.
    var evidence: [String: Evidence] = [:]
    /// Whether a ReplicaSet carries the mark of a refresh that did not help, from right after the time-out.
    var isMarked = true
    var mayHeal = true
    /// Whether the controller observes each restart at once.
    var isObserving = true
    var restarts: [String] = []
    /// Each refresh, with its uptime; a label of its own is `name label`.
    var refreshes: [(name: String, at: Duration)] = []
    /// Those of refreshes so far, by Rollout.
    var marks: [String: RefreshMark] = [:]
    /// What a refresh comes to, and does to the cluster.
    var onRefresh: (inout WatchBench, RefreshOrder) throws -> RefreshResult = { bench, order in
        WatchBench.written(order)
    }
    /// Looks so far, by Rollout.
    var looks: [String: [Duration]] = [:]
    /// Lists of ReplicaSets so far: one for each namespace that is looked at.
    var requests = 0
    /// Gives 0..<1 for each look.
    var chance: Chance?
    private var version = 1

    init(heals: Bool = true, _ adjust: (inout Watchlist.Settings) -> Void = { _ in }) {
        var settings = Watchlist.Settings()
        settings.heals = heals
        adjust(&settings)
        list = Watchlist(settings)
    }

    var now: Timestamp { Timestamp(secondsSince1970: ObjectFixture.now + uptime.components.seconds) }
    var words: [String] {
        told.map { [$0.kind.rawValue, $0.id?.name, $0.gate?.rawValue].compactMap { $0 }.joined(separator: " ") }
    }

    mutating func see(_ fixture: ObjectFixture) throws {
        version += 1
        let rollout = try fixture.merging(["metadata": ["resourceVersion": "\(version)"]]).decoded(as: Rollout.self)
        told += list.observe(rollout, now: now, at: uptime)
    }

    /// A first list, complete.
    mutating func sync(_ fixtures: ObjectFixture...) throws {
        list.beginSnapshot()
        for fixture in fixtures { try see(fixture) }
        told += list.endSnapshot(now: now, at: uptime)
        try look()
    }

    /// All that is due, until nothing is; each restart is accepted.
    mutating func look() throws {
        for _ in 0..<100 {
            let (changes, looks) = list.due(now: now, at: uptime)
            told += changes
            if looks.isEmpty { return }
            requests += Set(looks.map(\.metadata.namespace)).count
            for looked in looks {
                let name = looked.metadata.name
                self.looks[name, default: []].append(uptime)
                let random = Double(chance?.pick(0...999) ?? 0) / 1000
                let judgement = list.judge(
                    looked, try found(looked), mayHeal: mayHeal, now: now, at: uptime, random: random)
                told += judgement.changes
                if let order = judgement.refresh { try write(order) }
                if let stalled = judgement.takeBack { told += list.takenBack(stalled, now: now, at: uptime) }
                guard let restart = judgement.restart else { continue }
                restarts.append(restart.metadata.name)
                let attempt = Attempts(of: restart, now: now).next
                let generation = isObserving ? nil : restart.metadata.generation.map { $0 + 1 }
                told += list.restarted(
                    restart, restartAt: now, attempt: attempt, generation: generation, now: now, at: uptime)
            }
        }
        Issue.record("it looks for ever")
    }

    /// What a look finds, with the marks that are written by now.
    private func found(_ looked: Rollout) throws -> Evidence {
        let name = looked.metadata.name
        let found = try evidence[name] ?? Self.complete(looked, isMarked: isMarked)
        guard case .live(var sets) = found, let mark = marks[name] else { return found }
        for index in sets.indices {
            sets[index].metadata.annotations = [Marks.refreshed: mark.text]
            sets[index].metadata.resourceVersion? += "-\(mark.text)"
        }
        return .live(sets)
    }

    private mutating func write(_ order: RefreshOrder) throws {
        let name = order.rollout.metadata.name
        refreshes.append((order.step == .label ? "\(name) label" : name, uptime))
        let result = try onRefresh(&self, order)
        if result.replicaSets > 0 { marks[name] = order.plan.mark }
        told += list.refreshed(order, result, now: now, at: uptime, random: 0)
    }

    /// All that was to be written is.
    static func written(_ order: RefreshOrder) -> RefreshResult {
        var result = RefreshResult()
        result.replicaSets = order.step == .first ? order.plan.replicaSets.count : 0
        result.hasLabel = order.step == .label || order.plan.labelsAtOnce
        return result
    }

    /// Looks that follow a refresh, or its label, until the next step.
    static func offsets(_ start: Duration) -> [Duration] {
        Watchlist.looksAfter.map { start + $0 }
    }

    /// Lets time pass, looking whenever something is due.
    mutating func pass(_ duration: Duration) throws {
        let end = uptime + duration
        while let next = list.nextDue(at: uptime), next <= end {
            uptime = max(next, uptime + .milliseconds(1))
            try look()
        }
        uptime = end
        try look()
    }

    /// Decoded once: a test looks thousands of times.
    private static let template = Result { try ObjectFixture.replicaSet().decoded(as: ReplicaSet.self) }

    static func complete(_ rollout: Rollout, available: Int64? = nil, isMarked: Bool = true) throws -> Evidence {
        var set = try template.get()
        set.metadata.name = "\(rollout.metadata.name)-\(rollout.podHash ?? "")"
        set.metadata.namespace = rollout.metadata.namespace
        set.metadata.ownerReferences?[0].uid = rollout.metadata.uid
        set.metadata.labels?[ReplicaSet.podHashLabel] = rollout.podHash
        if isMarked, rollout.health.matches {
            let timedOut = rollout.since ?? Timestamp(secondsSince1970: ObjectFixture.now - 3600)
            set.metadata.annotations = [Marks.refreshed: RefreshMark(time: timedOut.advanced(by: .seconds(1)), count: 1).text]
        }
        let count = available ?? rollout.desiredReplicas
        set.spec.replicas = rollout.desiredReplicas
        set.status.availableReplicas = count
        set.status.readyReplicas = count
        set.status.replicas = rollout.desiredReplicas
        return .live([set])
    }
}

extension ObjectFixture {
    /// As the controller leaves it when the restart at `restartAt` is done and all is well.
    func healed(restartAt: String) -> ObjectFixture {
        merging([
            "metadata": ["labels": ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]],
            "spec": ["restartAt": restartAt],
            "status": ["restartedAt": restartAt, "phase": "Healthy", "message": ""],
        ])
    }

    /// As our patch leaves it: the controller has not seen it yet.
    func restarting(at restartAt: String, count: Int = 1) -> ObjectFixture {
        merging([
            "metadata": ["labels": ["rollout-heal/restarts": "\(count)", "rollout-heal/pod-hash": "7d9f5c"]],
            "spec": ["restartAt": restartAt],
        ])
    }
}
