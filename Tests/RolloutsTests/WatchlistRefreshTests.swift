import TestSupport
import Testing

@testable import Rollouts

extension ObjectFixture {
    /// The status counts seven, while `spec.replicas` and the ReplicaSet have five; found before the deadline unless
    /// `phase` is Degraded.
    static func stale(
        _ name: String = "web", namespace: String = "shop", phase: String = "Progressing",
        metadata: [String: Any] = [:]
    ) -> ObjectFixture {
        .rollout(
            name, namespace: namespace,
            status: [
                "phase": phase, "message": phase == "Degraded" ? deadlineMessage : "", "replicas": 7,
                "updatedReplicas": 7, "HPAReplicas": 7,
            ], metadata: metadata)
    }

    static func healthy(_ name: String = "web", namespace: String = "shop") -> ObjectFixture {
        .rollout(name, namespace: namespace, status: ["phase": "Healthy", "message": ""])
    }
}

/// A stale view: found, proven by two reads, refreshed, and followed.
@Suite struct WatchlistRefreshTests {
    /// The controller reconciles, and the Rollout is healthy.
    private static func heals(_ bench: inout WatchBench, _ order: RefreshOrder) throws -> RefreshResult {
        let id = RolloutID(order.rollout)
        try bench.see(.healthy(id.name, namespace: id.namespace))
        return WatchBench.written(order)
    }

    @Test(arguments: ["Healthy", "Progressing", "Paused", "Degraded"])
    func aStaleViewIsHealedBeforeTheAlertWithoutARestart(phase: String) throws {
        var bench = WatchBench()
        bench.isMarked = false
        bench.onRefresh = Self.heals
        try bench.sync(.stale(phase: phase))
        #expect(bench.words == ["FOUND web"])
        #expect(bench.told[0].diagnosis == .stale)
        #expect(bench.told[0].message.contains("status says 7 replicas, its ReplicaSets have 5"))
        try bench.pass(.milliseconds(29_999))
        #expect(bench.refreshes.isEmpty)
        try bench.pass(.milliseconds(1))
        #expect(bench.refreshes.map(\.at) == [.seconds(30)])
        #expect(bench.words == ["FOUND web", "REFRESHED web", "RECOVERED web"])
        let recovered = try #require(bench.told.last)
        #expect(recovered.recovery?.by == .refresh && recovered.recovery?.isEarly == (phase != "Degraded"))
        #expect(bench.restarts.isEmpty && bench.list.caseCount == 0)
    }

    @Test func observingRefreshesNothing() throws {
        var bench = WatchBench(heals: false)
        try bench.sync(.stale())
        try bench.pass(.seconds(3600))
        #expect(bench.refreshes.isEmpty && bench.words == ["FOUND web"])
        #expect(bench.told[0].message.contains("a refresh should heal it"))
        #expect(bench.list.rows(now: bench.now, at: bench.uptime).map(\.state) == ["a refresh should heal it"])
    }

    @Test(arguments: [0, 5, 30, 120]) func theSecondLookComesAsFarApartAsAskedFor(seconds: Int) throws {
        var bench = WatchBench { $0.staleAfter = .seconds(seconds) }
        try bench.sync(.stale())
        try bench.pass(.seconds(seconds))
        #expect(bench.refreshes.map(\.at) == [.seconds(seconds)])
    }

    @Test func theSecondLookIsJitteredUpwardsByTwoSecondsAtMost() throws {
        for (random, second) in [(0.0, Duration.seconds(30)), (0.5, .seconds(31)), (0.999, .milliseconds(31_998))] {
            var bench = WatchBench()
            bench.list.beginSnapshot()
            try bench.see(.stale())
            _ = bench.list.endSnapshot(now: bench.now, at: .zero)
            let looked = try #require(bench.list.due(now: bench.now, at: .zero).looks.first)
            _ = bench.list.judge(
                looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: .zero, random: random)
            #expect(bench.list.nextDue(at: .zero) == second)
        }
        #expect(WatchedView.jitter(.seconds(600), 1) == .seconds(2))
    }

    /// All objects are as a frozen controller leaves them, and an autoscaler scales every 15 s.
    @Test func autoscalerStepsEveryFifteenSecondsNeverRefresh() throws {
        var bench = WatchBench()
        try bench.sync()
        for step in 0..<40 {
            let replicas = 6 + step % 3
            try bench.see(
                .stale(metadata: [
                    "generation": 8 + step,
                    "managedFields": [ObjectFixture.written("f:spec", -15 * Int64(step), subresource: "scale")],
                ]).merging(["spec": ["replicas": replicas]]))
            try bench.pass(.seconds(15))
        }
        #expect(bench.refreshes.isEmpty)
        #expect(bench.words.isEmpty)
        try bench.pass(.seconds(60))
        #expect(bench.refreshes.map(\.name) == ["web"])
    }

    @Test func otherVersionsOfAReplicaSetStartTheSequenceAnew() throws {
        var bench = WatchBench()
        try bench.sync(.stale())
        try bench.pass(.seconds(20))
        let rollout = try ObjectFixture.stale().decoded(as: Rollout.self)
        guard case .live(var sets) = try WatchBench.complete(rollout) else { return }
        sets[0].metadata.resourceVersion = "2000"
        bench.evidence["web"] = .live(sets)
        try bench.pass(.milliseconds(39_999))
        #expect(bench.refreshes.isEmpty)
        try bench.pass(.milliseconds(1))
        #expect(bench.refreshes.map(\.at) == [.seconds(60)])
    }

    @Test func nothingIsRefreshedWithinFifteenSecondsOfAWrite() throws {
        var bench = WatchBench { $0.staleAfter = .seconds(5) }
        let written = ObjectFixture.written("f:spec", 0, subresource: "scale")
        try bench.sync(.stale(metadata: ["managedFields": [written]]))
        try bench.pass(.milliseconds(14_999))
        #expect(bench.refreshes.isEmpty && bench.words.isEmpty)
        try bench.pass(.milliseconds(1))
        #expect(bench.refreshes.map(\.at) == [.seconds(15)])
        #expect(bench.words == ["FOUND web", "REFRESHED web"])
    }

    @Test func withoutAWaitAYoungViewIsRefreshedAtOnce() throws {
        var bench = WatchBench { $0.staleAfter = .zero }
        bench.onRefresh = Self.heals
        let written = ObjectFixture.written("f:spec", 0, subresource: "scale")
        try bench.sync(.stale(metadata: ["managedFields": [written]]))
        #expect(bench.words == ["FOUND web", "REFRESHED web", "RECOVERED web"])
    }

    /// Objects without managedFields have no write times: two equal reads prove the stale view.
    @Test func whereNobodySaysWhenTwoLooksProveIt() throws {
        var bench = WatchBench()
        try bench.sync(.stale(metadata: ["managedFields": Null.value]))
        #expect(bench.words.isEmpty)
        try bench.pass(.seconds(30))
        #expect(bench.words == ["FOUND web", "REFRESHED web"])
    }

    @Test func whatIsWellForAMomentIsNeverTold() throws {
        var bench = WatchBench()
        let progressing = ObjectFixture.rollout(status: ["phase": "Progressing", "message": "more replicas"])
        try bench.sync(progressing)
        try bench.pass(.seconds(3600))
        #expect(bench.told.isEmpty && bench.list.rows(now: bench.now, at: bench.uptime).isEmpty)
        #expect(bench.list.caseCount == 1)
        try bench.see(.healthy())
        #expect(bench.told.isEmpty && bench.list.caseCount == 0)
    }

    @Test func aViewThatComesRightByItselfIsToldAsThat() throws {
        var bench = WatchBench()
        try bench.sync(.stale())
        try bench.pass(.seconds(10))
        try bench.see(.rollout(status: ["phase": "Progressing", "message": ""]))
        try bench.pass(.seconds(60))
        #expect(bench.words == ["FOUND web", "RECOVERED web"] && bench.told[1].recovery?.by == nil)
        #expect(bench.refreshes.isEmpty)
    }

    @Test func afterARefreshItIsToldWhatItTrulyIs() throws {
        var bench = WatchBench()
        bench.onRefresh = { bench, order in
            let status: [String: Any] = [
                "availableReplicas": 3, "readyReplicas": 3, "message": "image cannot be pulled",
            ]
            let rollout = ObjectFixture.rollout(status: status)
            bench.evidence["web"] = try WatchBench.complete(try rollout.decoded(as: Rollout.self), available: 3)
            try bench.see(rollout)
            return WatchBench.written(order)
        }
        try bench.sync(.stale(phase: "Degraded"))
        try bench.pass(.seconds(600))
        #expect(bench.words == ["FOUND web", "REFRESHED web", "FOUND web"])
        #expect(bench.told.last?.message == "reconciled: Degraded, image cannot be pulled")
        #expect(bench.refreshes.count == 1 && bench.restarts.isEmpty)
    }

    @Test func aHelpedOneThatStillProgressesIsWaitedFor() throws {
        var bench = WatchBench()
        bench.onRefresh = { bench, order in
            try bench.see(.rollout(status: ["phase": "Progressing", "message": ""]))
            return WatchBench.written(order)
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(50))
        #expect(bench.words == ["FOUND web", "REFRESHED web"])
        #expect(bench.list.rows(now: bench.now, at: bench.uptime).map(\.state) == ["refreshed, 20s ago"])
        try bench.see(.healthy())
        #expect(bench.told.last?.kind == .recovered && bench.told.last?.recovery?.duration.components.seconds == 20)
        #expect(bench.told.last?.recovery?.by == .refresh)
    }

    @Test func whatWasNeverScaledIsRefreshed() throws {
        var bench = WatchBench()
        let three: [String: Any] = ["replicas": 3, "updatedReplicas": 3, "HPAReplicas": 3]
        let ready: [String: Any] = ["readyReplicas": 3, "availableReplicas": 3, "phase": "Healthy", "message": ""]
        let rollout = ObjectFixture.rollout(status: three.merging(ready) { $1 })
        bench.evidence["web"] = .live([try ObjectFixture.replicaSet(pods: 3).decoded(as: ReplicaSet.self)])
        bench.onRefresh = { bench, order in
            bench.evidence["web"] = nil
            return try Self.heals(&bench, order)
        }
        try bench.sync(rollout)
        try bench.pass(.seconds(30))
        #expect(bench.words == ["FOUND web", "REFRESHED web", "RECOVERED web"])
        #expect(bench.told[0].diagnosis == .unscaled)
        #expect(bench.told[1].message.contains("will continue with scaling 3 to 5"))
    }

    @Test func anUnseenGenerationIsRefreshedWithItsLabelAtOnce() throws {
        var bench = WatchBench()
        try bench.sync(.rollout(metadata: ["generation": 8]))
        try bench.pass(.seconds(50))
        #expect(bench.refreshes.map(\.name) == ["web"])
        #expect(bench.told.last?.message.hasPrefix("wrote to 1 ReplicaSet and the Rollout's label") == true)
    }

    /// The stored Rollout has changed since: nothing was written, so the label is tried again.
    @Test func aLabelThatWasOvertakenIsTriedAgain() throws {
        var bench = WatchBench()
        bench.onRefresh = { bench, order in
            guard order.step == .label, bench.refreshes.count == 2 else { return WatchBench.written(order) }
            var result = RefreshResult()
            result.isOvertaken = true
            return result
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(50))
        #expect(bench.refreshes.map(\.name) == ["web", "web label", "web label"])
    }

    @Test func whatIsWrittenIsOurs() {
        #expect(Change.Kind.allCases.filter(\.isWrite) == [.refreshed, .restarted, .cancelled])
    }

    @Test func healthyOnesCostNothing() throws {
        var bench = WatchBench()
        bench.list.beginSnapshot()
        for number in 0..<1000 { try bench.see(.healthy("web-\(number)")) }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.pass(.seconds(3600))
        #expect(bench.looks.isEmpty && bench.list.caseCount == 0 && bench.told.isEmpty)
        #expect(bench.list.nextDue(at: bench.uptime) == nil)
    }

    @Test func aRowSaysWhenTheRefreshComes() throws {
        var bench = WatchBench()
        try bench.sync(.stale())
        try bench.pass(.seconds(18))
        #expect(bench.list.rows(now: bench.now, at: bench.uptime).map(\.state) == ["refresh in 13s"])
        try bench.pass(.seconds(15))
        #expect(bench.list.rows(now: bench.now, at: bench.uptime).map(\.state) == ["refreshed, 3s ago"])
    }
}
