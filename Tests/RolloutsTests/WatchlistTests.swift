import Formats
import TestSupport
import Testing

@testable import Rollouts

@Suite struct WatchlistTests {
    @Test func whatIsStuckIsFoundAtOnceAndRestartedWhenItHasSettled() throws {
        var bench = WatchBench()
        try bench.sync(.rollout())
        #expect(bench.words == ["FOUND web"])
        try bench.pass(.seconds(59))
        #expect(bench.restarts.isEmpty)
        try bench.pass(.seconds(1))
        #expect(bench.restarts == ["web"])
        #expect(bench.words == ["FOUND web", "RESTARTED web"])
    }

    @Test func observingRestartsNothing() throws {
        var bench = WatchBench(heals: false) { $0.settle = .zero }
        try bench.sync(.rollout())
        try bench.pass(.seconds(3600))
        #expect(bench.restarts.isEmpty)
        #expect(bench.words == ["FOUND web"])
        #expect(bench.told[0].message.contains("a restart may heal it"))
    }

    @Test func aStandbyRestartsNothingAndALeaderTakesOverAtOnce() throws {
        var bench = WatchBench()
        bench.mayHeal = false
        try bench.sync(.rollout())
        try bench.pass(.seconds(300))
        #expect(bench.restarts.isEmpty)
        bench.mayHeal = true
        bench.list.takeOver(at: bench.uptime)
        try bench.look()
        #expect(bench.restarts == ["web"])
    }

    @Test func nothingIsRestartedBeforeTheFirstListIsComplete() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.list.beginSnapshot()
        try bench.see(.rollout())
        try bench.look()
        #expect(bench.words == ["FOUND web"])
        #expect(bench.restarts.isEmpty)
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.look()
        #expect(bench.restarts == ["web"])
    }

    @Test func aRestartThatHelpsIsRecoveredWithItsTime() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let restartAt = bench.now.rfc3339
        try bench.see(.rollout().restarting(at: restartAt))
        try bench.pass(.seconds(42))
        try bench.see(.rollout().healed(restartAt: restartAt))
        #expect(bench.words == ["FOUND web", "RESTARTED web", "RECOVERED web"])
        #expect(bench.told.last?.recovery?.duration.components.seconds == 42)
        #expect(bench.list.caseCount == 0)
    }

    @Test func theEventOfTheRestartMayComeBeforeTheAnswerToThePatch() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.list.beginSnapshot()
        try bench.see(.rollout())
        bench.told += bench.list.endSnapshot(now: bench.now, at: .zero)
        let looked = bench.list.due(now: bench.now, at: .zero).looks[0]
        let due = bench.list.judge(looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: .zero)
        #expect(due.restart != nil)
        let restartAt = bench.now
        try bench.see(.rollout().healed(restartAt: restartAt.rfc3339))
        bench.told += bench.list.restarted(
            looked, restartAt: restartAt, attempt: 1, generation: nil, now: bench.now, at: .zero)
        #expect(bench.words == ["RESTARTED web", "RECOVERED web"])
    }

    @Test func aRestartThatDoesNotHelpIsSaidAndCoolsDown() throws {
        var bench = WatchBench {
            $0.settle = .zero
            $0.rule.maxRestarts = 3
        }
        try bench.sync(.rollout())
        try bench.see(
            .rollout().restarting(at: bench.now.rfc3339).merging(["status": ["restartedAt": bench.now.rfc3339]]))
        try bench.pass(.seconds(601))
        #expect(bench.words.prefix(4) == ["FOUND web", "RESTARTED web", "ERROR web", "SKIPPED web cool-down"])
        #expect(bench.told[2].failure == .restartInVain)
        #expect(bench.restarts == ["web"])
        try bench.pass(.seconds(299))
        #expect(bench.restarts == ["web", "web"])
    }

    @Test func degradedProgressingDegradedHealthyIsOneRecovery() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        let restartAt = bench.now.rfc3339
        let progressing: [String: Any] = ["phase": "Progressing", "message": "", "restartedAt": restartAt]
        try bench.see(.rollout().restarting(at: restartAt).merging(["status": progressing]))
        try bench.see(.rollout().restarting(at: restartAt).merging(["status": ["restartedAt": restartAt]]))
        try bench.pass(.seconds(5))
        try bench.see(.rollout().healed(restartAt: restartAt))
        #expect(bench.words == ["FOUND web", "RESTARTED web", "RECOVERED web"])
    }

    @Test func anAutoscalerDoesNotKeepItFromSettling() throws {
        var bench = WatchBench()
        try bench.sync(.rollout())
        for round in 1...3 {
            try bench.pass(.seconds(20))
            // First as the autoscaler leaves it, then as the controller has observed it.
            try bench.see(.rollout(spec: ["replicas": 5 + round], metadata: ["generation": 7 + round]))
            try bench.see(
                .rollout(
                    spec: ["replicas": 5 + round], status: ["observedGeneration": "\(7 + round)"],
                    metadata: ["generation": 7 + round]))
        }
        try bench.pass(.seconds(2))
        #expect(bench.restarts == ["web"])
    }

    @Test func podsThatDieBeforeTheDecisionPreventTheRestart() throws {
        var bench = WatchBench()
        try bench.sync(.rollout())
        try bench.pass(.seconds(59))
        bench.evidence["web"] = try WatchBench.complete(
            try ObjectFixture.rollout().decoded(as: Rollout.self), available: 3)
        let fewer: [String: Any] = ["availableReplicas": 3, "readyReplicas": 3]
        try bench.see(.rollout(status: fewer))
        try bench.pass(.seconds(120))
        #expect(bench.restarts.isEmpty)
        #expect(bench.words == ["FOUND web", "FOUND web", "SKIPPED web policy"])
        bench.evidence["web"] = nil
        try bench.see(.rollout())
        try bench.pass(.seconds(59))
        #expect(bench.restarts.isEmpty)  // settles again
        try bench.pass(.seconds(60))
        #expect(bench.restarts == ["web"])
    }

    @Test func aTimeOutThatMovesSettlesAnew() throws {
        var bench = WatchBench()
        try bench.sync(.rollout())
        try bench.pass(.seconds(50))
        let progressing = ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 10)
        try bench.see(.rollout(status: ["conditions": [progressing]]))
        try bench.pass(.seconds(50))
        #expect(bench.restarts.isEmpty)
        try bench.pass(.seconds(15))
        #expect(bench.restarts == ["web"])
    }

    @Test func eachCauseIsToldOnce() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(
            .rollout("ignored", metadata: ["labels": ["rollout-heal/ignore": "true"]]),
            .rollout("single", spec: ["replicas": 1]), .rollout("stopped", status: ["abort": true]))
        try bench.pass(.seconds(3600))
        #expect(
            bench.words == [
                "FOUND ignored opt-out", "SKIPPED ignored opt-out", "FOUND single sole-pod",
                "SKIPPED single sole-pod", "FOUND stopped", "SKIPPED stopped policy",
            ])
    }

    @Test func whatDisappearsWhileNobodyListensIsNoticed() throws {
        var bench = WatchBench(heals: false)
        try bench.sync(.rollout("a"), .rollout("b"), .rollout("c", status: ["phase": "Healthy", "message": ""]))
        try bench.sync(.rollout("a"))
        #expect(bench.words == ["FOUND a", "FOUND b", "DELETED b"])
        #expect(bench.list.count == 1)
    }

    @Test func anObjectMadeAnewIsAnother() throws {
        var bench = WatchBench(heals: false)
        try bench.sync(.rollout())
        try bench.see(.rollout(metadata: ["uid": "another"]))
        #expect(bench.words == ["FOUND web", "DELETED web"])
    }

    @Test func recoveringByItselfIsToldAsThat() throws {
        var bench = WatchBench()
        try bench.sync(.rollout())
        try bench.see(.rollout(status: ["phase": "Healthy", "message": ""]))
        #expect(bench.words == ["FOUND web", "RECOVERED web"])
        #expect(bench.told[1].recovery?.duration.components.seconds == nil)
    }
}
