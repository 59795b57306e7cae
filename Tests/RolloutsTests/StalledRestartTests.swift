import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// A restart of ours without effect is taken back, whichever process requested it.
@Suite struct StalledRestartTests {
    private let now = Timestamp(secondsSince1970: ObjectFixture.now)

    /// A restart requested `seconds` ago and not completed.
    private func armed(_ seconds: Int64, label: Int64? = nil, spec written: Int64? = nil) -> ObjectFixture {
        let label = String(ObjectFixture.now - (label ?? seconds))
        return .rollout(
            spec: ["restartAt": ObjectFixture.ago(seconds)],
            metadata: [
                "labels": [
                    "rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c", "rollout-heal/restarted-at": label,
                ],
                "managedFields": [ObjectFixture.written("f:spec", written ?? seconds)],
            ])
    }

    private func isStalled(_ rollout: ObjectFixture, _ sets: [ObjectFixture] = [.replicaSet()]) throws -> Bool {
        let evidence = Evidence.live(try sets.map { try $0.decoded() })
        return try rollout.decoded(as: Rollout.self).hasStalledRestart(evidence, after: .seconds(300), now: now)
    }

    @Test func onlyOursAndOnlyAfterItsTime() throws {
        #expect(try isStalled(armed(300)))
        #expect(try !isStalled(armed(299)))
        #expect(try !isStalled(armed(300, label: 301)))
        #expect(try !isStalled(armed(7200, label: 0)))
        #expect(try !isStalled(.rollout(spec: ["restartAt": ObjectFixture.ago(900)])))
        #expect(try !isStalled(armed(300).merging(["status": ["restartedAt": ObjectFixture.ago(300)]])))
        #expect(try !isStalled(.rollout()))
    }

    @Test func whatMovesIsLeft() throws {
        let moving = ObjectFixture.replicaSet()
            .merging(["metadata": ["managedFields": [ObjectFixture.written("f:status", 20)]]])
        #expect(try !isStalled(armed(900), [moving]))
        #expect(try !isStalled(armed(900), [.replicaSet(), moving]))
    }

    /// For example by an autoscaler, all the time.
    @Test func aSpecThatOthersWriteIsNoProgress() throws {
        #expect(try isStalled(armed(900, spec: 20)))
    }

    @Test func whereNobodySaysWhenItIsLeft() throws {
        let unknown = ObjectFixture.replicaSet().merging(["metadata": ["managedFields": NSNull()]])
        #expect(try !isStalled(armed(900), [unknown]))
        #expect(try !isStalled(armed(900), []))
        #expect(try !armed(900).decoded(as: Rollout.self).hasStalledRestart(.forbidden, after: .seconds(300), now: now))
    }

    @Test func watchTakesItBackAndCoolsDown() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let label = String(bench.now.secondsSince1970)
        try bench.see(
            .rollout().restarting(at: bench.now.rfc3339)
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]]))
        try bench.pass(.seconds(290))
        #expect(!bench.words.contains("CANCELLED web"))
        try bench.pass(.seconds(120))
        #expect(bench.words.filter { $0.hasPrefix("CANCELLED") } == ["CANCELLED web"])
        try bench.see(.rollout(metadata: ["labels": ["rollout-heal/restarted-at": String(bench.now.secondsSince1970)]]))
        try bench.pass(.seconds(780))
        #expect(bench.restarts == ["web"])
    }

    /// A restart left behind by an earlier process, a day ago.
    @Test func whatWasLeftBehindIsTakenBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(armed(86_400))
        try bench.pass(.seconds(60))
        #expect(bench.words.contains("CANCELLED web"))
        var observer = WatchBench(heals: false)
        try observer.sync(armed(86_400))
        try observer.pass(.seconds(900))
        #expect(!observer.words.contains("CANCELLED web"))
    }

    /// Left behind by another process, it is left alone; what this process armed is taken back.
    @Test func whatOptsOutIsTakenBackOnlyIfOurs() throws {
        let ignored: [String: Any] = ["metadata": ["labels": ["rollout-heal/ignore": "true"]]]
        var other = WatchBench { $0.settle = .zero }
        try other.sync(armed(86_400).merging(ignored))
        try other.pass(.seconds(900))
        #expect(!other.words.contains("CANCELLED web"))

        var ours = WatchBench { $0.settle = .zero }
        try ours.sync(.rollout())
        #expect(ours.restarts == ["web"])
        let label = String(ours.now.secondsSince1970)
        try ours.see(
            .rollout().restarting(at: ours.now.rfc3339)
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]]).merging(ignored))
        try ours.pass(.seconds(400))
        #expect(ours.words.contains("CANCELLED web"))
    }

    /// The next refresh is an hour away, but the next read is not.
    @Test func aRefreshThatIsRefusedPutsNothingOff() throws {
        var bench = WatchBench()
        bench.evidence["web"] = .forbidden
        bench.onRefresh = { _, _ in
            var result = RefreshResult()
            result.missingRights = ["replicasets/status", "rollouts"]
            return result
        }
        let unobserved = ["metadata": ["generation": 8], "status": ["observedGeneration": "7"]]
        try bench.sync(armed(60).merging(unobserved))
        try bench.pass(.seconds(1000))
        #expect(bench.refreshes.count == 3 && !bench.words.contains("CANCELLED web"))
        bench.evidence["web"] = nil
        try bench.pass(.seconds(660))
        #expect(bench.words.contains("CANCELLED web"))
    }

    /// A changing status is progress too.
    @Test func aStatusThatMovesIsProgress() throws {
        let status = ObjectFixture.written("f:status", 20)
        let spec = ObjectFixture.written("f:spec", 86_400)
        let moving = armed(900).merging(["metadata": ["managedFields": [spec, status]]])
        #expect(try !isStalled(moving))
        let still = armed(900).merging(["metadata": ["managedFields": [spec, ObjectFixture.written("f:status", 899)]]])
        #expect(try isStalled(still))
    }

    private func restarting(_ bench: inout WatchBench, available: Int) throws {
        try bench.see(
            .rollout(status: ["availableReplicas": available]).restarting(at: ObjectFixture.ago(0))
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": "\(ObjectFixture.now)"]]]))
    }

    /// Pod by pod it takes longer than its time, which is reported once; it neither counts as failed nor is taken back.
    @Test func oneThatProgressesIsSlowAndThenHeals() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        for minute in 0..<16 {
            try restarting(&bench, available: minute % 2 + 3)
            try bench.pass(.seconds(59))
            try bench.pass(.seconds(1))
        }
        #expect(bench.told.filter { $0.message.contains("is slow") }.count == 1)
        #expect(!bench.told.contains { $0.failure == .restartInVain || $0.kind == .cancelled })
        try bench.see(.rollout().healed(restartAt: ObjectFixture.ago(0)))
        let last = try #require(bench.told.last)
        #expect(
            last.kind == .recovered && last.recovery?.by == .restart
                && last.recovery?.duration.components.seconds == 960)
    }

    /// Without any change during its whole time after completion, it is healed by the restart all the same.
    @Test func oneThatHealsAfterItsTimeIsItsOwnDoing() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let restartAt = ObjectFixture.ago(0)
        try bench.see(.rollout().restarting(at: restartAt).merging(["status": ["restartedAt": restartAt]]))
        try bench.pass(.seconds(400))
        #expect(bench.told.contains { $0.failure == .restartInVain })
        try bench.see(.rollout().healed(restartAt: restartAt))
        let last = try #require(bench.told.last)
        #expect(
            last.kind == .recovered && last.recovery?.by == .restart && last.attempt == 1
                && last.recovery?.duration.components.seconds == 400)
    }

    /// Paused while our restart is pending: its phase is Paused, and the restart is taken back.
    @Test func whatIsPausedMeanwhileIsTakenBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let label = String(bench.now.secondsSince1970)
        try bench.see(
            .rollout(spec: ["paused": true], status: ["phase": "Paused", "message": "manually paused"])
                .restarting(at: bench.now.rfc3339)
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]]))
        try bench.pass(.seconds(700))
        #expect(bench.words.contains("CANCELLED web"))
    }

    /// Healthy by itself while our restart is pending, and not written any more.
    @Test func whatIsHealthyMeanwhileIsTakenBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let label = String(bench.now.secondsSince1970)
        try bench.see(
            .rollout(status: ["phase": "Healthy", "message": ""]).restarting(at: bench.now.rfc3339)
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]]))
        try bench.pass(.seconds(700))
        #expect(bench.words.contains("CANCELLED web"))
    }
}
