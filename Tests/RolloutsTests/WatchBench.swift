import Formats
import TestSupport
import Testing

@testable import Rollouts

/// A watchlist with a manual clock and simulated objects.
struct WatchBench {
    var list: Watchlist
    var uptime = Duration.zero
    var told: [Change] = []
    /// The evidence of the next reads, by Rollout; a live, complete ReplicaSet by default.
    var evidence: [String: Evidence] = [:]
    /// Whether ReplicaSets have the mark of a refresh that did not help, right after the timeout.
    var isMarked = true
    var mayHeal = true
    /// Whether the controller observes each restart immediately.
    var isObserving = true
    var restarts: [String] = []
    /// Each refresh with its uptime; a separate label is `name label`.
    var refreshes: [(name: String, at: Duration)] = []
    /// The marks of refreshes so far, by Rollout.
    var marks: [String: RefreshMark] = [:]
    /// The result of a refresh, and its effect on the cluster.
    var onRefresh: (inout WatchBench, RefreshOrder) throws -> RefreshResult = { bench, order in
        WatchBench.written(order)
    }
    /// Reads so far, by Rollout.
    var looks: [String: [Duration]] = [:]
    /// Lists of ReplicaSets so far, one per namespace read.
    var requests = 0
    /// Returns 0..<1 for each read.
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

    /// Completes a first list.
    mutating func sync(_ fixtures: ObjectFixture...) throws {
        list.beginSnapshot()
        for fixture in fixtures { try see(fixture) }
        told += list.endSnapshot(now: now, at: uptime)
        try look()
    }

    /// Performs everything that is due; each restart is accepted.
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

    /// Returns the evidence, with the marks written so far.
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

    /// The result of a refresh whose writes all succeed.
    static func written(_ order: RefreshOrder) -> RefreshResult {
        var result = RefreshResult()
        result.replicaSets = order.step == .first ? order.plan.replicaSets.count : 0
        result.hasLabel = order.step == .label || order.plan.labelsAtOnce
        return result
    }

    /// The reads that follow a refresh or its label until the next step.
    static func offsets(_ start: Duration) -> [Duration] {
        Watchlist.looksAfter.map { start + $0 }
    }

    /// Advances the clock, and performs reads when they are due.
    mutating func pass(_ duration: Duration) throws {
        let end = uptime + duration
        while let next = list.nextDue(at: uptime), next <= end {
            uptime = max(next, uptime + .milliseconds(1))
            try look()
        }
        uptime = end
        try look()
    }

    /// Decoded once, because a test reads it thousands of times.
    private static let template = Result { try ObjectFixture.replicaSet().decoded(as: ReplicaSet.self) }

    static func complete(_ rollout: Rollout, available: Int64? = nil, isMarked: Bool = true) throws -> Evidence {
        var set = try template.get()
        set.metadata.name = "\(rollout.metadata.name)-\(rollout.podHash ?? "")"
        set.metadata.namespace = rollout.metadata.namespace
        set.metadata.ownerReferences?[0].uid = rollout.metadata.uid
        set.metadata.labels?[ReplicaSet.podHashLabel] = rollout.podHash
        if isMarked, rollout.health.matches {
            let timedOut = rollout.since ?? Timestamp(secondsSince1970: ObjectFixture.now - 3600)
            set.metadata.annotations = [
                Marks.refreshed: RefreshMark(time: timedOut.advanced(by: .seconds(1)), count: 1).text
            ]
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
    /// As the controller leaves it after the restart at `restartAt` has healed it.
    func healed(restartAt: String) -> ObjectFixture {
        merging([
            "metadata": ["labels": ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]],
            "spec": ["restartAt": restartAt],
            "status": ["restartedAt": restartAt, "phase": "Healthy", "message": ""],
        ])
    }

    /// As our patch leaves it, before the controller has observed it.
    func restarting(at restartAt: String, count: Int = 1) -> ObjectFixture {
        merging([
            "metadata": ["labels": ["rollout-heal/restarts": "\(count)", "rollout-heal/pod-hash": "7d9f5c"]],
            "spec": ["restartAt": restartAt],
        ])
    }
}
