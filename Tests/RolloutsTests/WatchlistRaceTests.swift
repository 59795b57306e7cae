import Formats
import TestSupport
import Testing

@testable import Rollouts

/// Schedules found by the model check, with events in an awkward order.
@Suite struct WatchlistRaceTests {
    @Test func aLookThatFailsWhileItWaitsForItsTurnComesLaterToo() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout("a"), .rollout("b"))
        #expect(bench.restarts == ["a"])
        try bench.see(.rollout("a").healed(restartAt: bench.now.rfc3339))
        let looks = bench.list.due(now: bench.now, at: bench.uptime).looks
        #expect(looks.map(\.metadata.name) == ["b"])
        _ = bench.list.lookFailed(looks[0], "no answer", now: bench.now, at: bench.uptime, random: 0)
        #expect(bench.list.nextDue(at: bench.uptime) == bench.uptime + .milliseconds(400))
    }

    /// Like ``WatchBench/sync(_:)``, but the caller performs the reads.
    private func list(_ bench: inout WatchBench, _ fixtures: ObjectFixture...) throws {
        bench.list.beginSnapshot()
        for fixture in fixtures { try bench.see(fixture) }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
    }

    /// Performs a read that ends in the decision to restart, which is not written yet.
    private func decision(_ bench: inout WatchBench, on name: String = "a") throws -> Rollout {
        let looks = bench.list.due(now: bench.now, at: bench.uptime).looks
        let looked = try #require(looks.first { $0.metadata.name == name })
        return try #require(
            bench.list.judge(
                looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: bench.uptime
            ).restart)
    }

    @Test func aRestartByAnotherReplicaThatIsSeenDuringALookIsTakenUp() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.mayHeal = false
        try list(&bench, .rollout("a"), .rollout("b"))
        let looks = bench.list.due(now: bench.now, at: bench.uptime).looks
        try bench.see(.rollout("a").restarting(at: ObjectFixture.ago(0)))
        for looked in looks {
            let found = try WatchBench.complete(looked)
            bench.told += bench.list.judge(looked, found, mayHeal: false, now: bench.now, at: bench.uptime).changes
        }
        bench.mayHeal = true
        try bench.pass(.seconds(280))
        #expect(bench.restarts.isEmpty)
    }

    @Test func aRestartThatIsWrittenASecondAheadOfOurClockIsTakenUp() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout("a").restarting(at: ObjectFixture.ago(-1)), .rollout("b"))
        try bench.pass(.seconds(280))
        #expect(bench.restarts.isEmpty)
    }

    @Test func aRestartWhoseAnswerIsLostIsFollowedWhenItsEventCameBefore() throws {
        var bench = WatchBench { $0.settle = .zero }
        try list(&bench, .rollout("a"), .rollout("b"))
        let restarted = try decision(&bench)
        try bench.see(.rollout("a").restarting(at: bench.now.rfc3339))
        bench.told += bench.list.restartFailed(restarted, "lost", now: bench.now, at: bench.uptime, random: 0)
        bench.told += bench.list.lookFailed(
            try ObjectFixture.rollout("b").decoded(as: Rollout.self), "lost", now: bench.now, at: bench.uptime,
            random: 0)
        try bench.pass(.seconds(280))
        #expect(bench.restarts.isEmpty)
    }

    @Test func aListFromBeforeOurRestartDoesNotTakeItBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        try list(&bench, .rollout("a"), .rollout("b"))
        let restarted = try decision(&bench)
        bench.list.beginSnapshot()
        bench.told += bench.list.restarted(
            restarted, restartAt: bench.now, attempt: 1, generation: nil, now: bench.now, at: bench.uptime)
        bench.told += bench.list.observe(restarted, now: bench.now, at: bench.uptime)
        try bench.see(.rollout("b"))
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.pass(.seconds(280))
        #expect(bench.restarts.isEmpty)
        #expect(!bench.told.contains { $0.kind == .error || $0.kind == .deleted })
    }

    @Test func aRestartThatIsTakenBackBeforeItsAnswerCameIsLookedAtAgain() throws {
        var bench = WatchBench { $0.settle = .zero }
        try list(&bench, .rollout("a"))
        let restarted = try decision(&bench)
        let restartAt = bench.now
        try bench.see(.rollout("a").restarting(at: restartAt.rfc3339))
        try bench.see(.rollout("a"))
        bench.told += bench.list.restarted(
            restarted, restartAt: restartAt, attempt: 1, generation: nil, now: bench.now, at: bench.uptime)
        #expect(bench.words == ["RESTARTED a", "ERROR a"])
        #expect(bench.list.nextDue(at: bench.uptime) != nil)
    }

    @Test func aRestartOfWhatIsGoneFreesItsNamespace() throws {
        var bench = WatchBench { $0.settle = .zero }
        try list(&bench, .rollout("a"))
        let restarted = try decision(&bench)
        bench.told += bench.list.remove(RolloutID(restarted), at: bench.uptime)
        bench.told += bench.list.restarted(
            restarted, restartAt: bench.now, attempt: 1, generation: nil, now: bench.now, at: bench.uptime)
        try bench.see(.rollout("b"))
        try bench.look()
        #expect(bench.restarts == ["b"])
    }

    @Test func theAnswerAboutAnObjectThatWasMadeAnewIsNotTheNewOnes() throws {
        var bench = WatchBench { $0.settle = .zero }
        try list(&bench, .rollout("a"))
        let restarted = try decision(&bench)
        try bench.see(.rollout("a", metadata: ["uid": "another"]))
        _ = bench.list.due(now: bench.now, at: bench.uptime)
        bench.told += bench.list.restartFailed(restarted, "lost", now: bench.now, at: bench.uptime, random: 0)
        #expect(!bench.told.contains { $0.kind == .error })
        #expect(bench.list.nextDue(at: bench.uptime) == nil)  // its own read is still pending
    }

    @Test func aRestartThatIsCarriedOutAfterItsTimeCoolsDownFromThen() throws {
        var bench = WatchBench {
            $0.settle = .zero
            $0.rule.maxRestarts = 3
        }
        try bench.sync(.rollout("a"))
        let restartAt = bench.now.rfc3339
        try bench.see(.rollout("a").restarting(at: restartAt))
        try bench.pass(.seconds(3600))
        try bench.see(.rollout("a").restarting(at: restartAt).merging(["status": ["restartedAt": restartAt]]))
        try bench.pass(.seconds(899))
        #expect(bench.restarts == ["a"])
        try bench.pass(.seconds(2))
        #expect(bench.restarts == ["a", "a"])
    }

    @Test func aRestartThatSomebodyTakesBackIsNotAskedForAgainAtOnce() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout("a"))
        try bench.see(.rollout("a").restarting(at: bench.now.rfc3339))
        try bench.pass(.seconds(30))
        try bench.see(.rollout("a"))
        try bench.pass(.seconds(899))
        #expect(bench.restarts == ["a"])
        try bench.pass(.seconds(2))
        #expect(bench.restarts == ["a", "a"])
    }

    /// Returns when a Rollout is tried within ten minutes that can be read but not written.
    private func tries(
        _ bench: inout WatchBench, _ fail: (inout WatchBench, Rollout) -> [Change]
    ) throws -> [Duration] {
        var times: [Duration] = []
        try list(&bench, .rollout("a"))
        while let next = bench.list.nextDue(at: bench.uptime), next <= .seconds(600) {
            bench.uptime = next
            for looked in bench.list.due(now: bench.now, at: bench.uptime).looks {
                let judgement = bench.list.judge(
                    looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: bench.uptime)
                bench.told += judgement.changes
                guard let restart = judgement.restart else { continue }
                times.append(bench.uptime)
                bench.told += fail(&bench, restart)
            }
        }
        return times
    }

    @Test func aWriteThatIsRefusedIsTriedLaterAndLaterAndToldOnce() throws {
        var bench = WatchBench { $0.settle = .zero }
        let times = try tries(&bench) {
            $0.list.restartFailed($1, "forbidden", now: $0.now, at: $0.uptime, random: 0)
        }
        #expect((10...20).contains(times.count))
        #expect(bench.words == ["FOUND a", "ERROR a"])
    }

    @Test func aConflictWithWhatTheWatchHasNotBroughtYetIsTriedLaterAndLater() throws {
        var bench = WatchBench { $0.settle = .zero }
        var toldAt: [Int] = []
        var conflicts = 0
        let times = try tries(&bench) { bench, rollout in
            conflicts += 1
            let changes = bench.list.notWritten(rollout, isConflict: true, now: bench.now, at: bench.uptime, random: 0)
            if !changes.isEmpty { toldAt.append(conflicts) }
            return changes
        }
        #expect((10...20).contains(times.count))
        // A single conflict is not reported, an endless series is.
        #expect(toldAt == [5] && bench.words == ["FOUND a", "ERROR a"])
        #expect(bench.told.last?.message == "changed by another client on each of 5 tries; nothing was written")
        #expect(times.prefix(3) == [.zero, .milliseconds(400), .milliseconds(1200)])
        try bench.see(.rollout("a"))
        #expect(bench.list.due(now: bench.now, at: bench.uptime + .seconds(1)).looks.count == 1)
    }
}
