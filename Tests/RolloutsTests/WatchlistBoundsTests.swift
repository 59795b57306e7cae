import Formats
import TestSupport
import Testing

@testable import Rollouts

@Suite struct WatchlistBoundsTests {
    /// A Rollout that timed out `ago` seconds before the bench's start.
    private func timedOut(_ name: String, namespace: String = "shop", ago: Int64 = 3600) -> ObjectFixture {
        let progressing = ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: ago)
        return .rollout(name, namespace: namespace, status: ["conditions": [progressing]])
    }

    @Test func inAStormNobodyIsRestartedAndOneWarningIsGiven() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.list.beginSnapshot()
        for index in 0..<10 {
            try bench.see(timedOut("bad-\(index)", namespace: "ns-\(index)", ago: 60))
            try bench.see(.rollout("good-\(index)", status: ["phase": "Healthy", "message": ""]))
        }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.look()
        try bench.pass(.seconds(600))
        #expect(bench.restarts.isEmpty)
        #expect(bench.told.count { $0.gate == .storm } == 1)
        try bench.pass(.seconds(600))  // the window of 15 minutes is over
        #expect(Set(bench.restarts).count == 10)
        #expect(bench.told.filter { $0.gate == .storm }.map(\.kind) == [.error, .found])
    }

    @Test func fewerThanFiveAreNoStormAndAHundredPercentIsOff() throws {
        for (count, threshold, restarts) in [(4, "30%", 4), (5, "30%", 0), (6, "100%", 6), (6, "6", 6), (6, "5", 0)] {
            var bench = WatchBench {
                $0.settle = .zero
                $0.storm = Storm(threshold: threshold) ?? $0.storm
            }
            bench.list.beginSnapshot()
            for index in 0..<count { try bench.see(timedOut("bad-\(index)", namespace: "ns-\(index)", ago: 60)) }
            bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
            try bench.look()
            #expect(bench.restarts.count == restarts, "\(count) of \(count), \(threshold)")
        }
    }

    @Test func oneAtATimeInANamespaceAndSoManyAMinute() throws {
        var bench = WatchBench {
            $0.settle = .zero
            $0.maxPerMinute = 2
        }
        try bench.sync(
            timedOut("a1", namespace: "a"), timedOut("a2", namespace: "a"), timedOut("b", namespace: "b"),
            timedOut("c", namespace: "c"))
        #expect(bench.restarts == ["a1", "b"])
        #expect(bench.words.contains("SKIPPED a2 rate"))
        try bench.pass(.seconds(60))
        #expect(bench.restarts == ["a1", "b", "c"])
        try bench.see(timedOut("a1", namespace: "a").healed(restartAt: ObjectFixture.ago(0)))
        try bench.look()
        #expect(bench.restarts == ["a1", "b", "c", "a2"])
    }

    @Test func aTurnThatNobodyEndsIsOverInTime() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(timedOut("a1"), timedOut("a2"))
        try bench.pass(.seconds(299))
        #expect(bench.restarts == ["a1"])
        try bench.pass(.seconds(2))
        #expect(bench.restarts == ["a1", "a2"])
    }

    @Test func aRestartUnderWayIsTakenUpAfterANewStart() throws {
        let restartAt = ObjectFixture.ago(100)
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(timedOut("a1").restarting(at: restartAt), timedOut("a2"))
        #expect(bench.restarts.isEmpty)  // the namespace is busy
        try bench.pass(.seconds(10))
        try bench.see(timedOut("a1").healed(restartAt: restartAt))
        try bench.look()
        #expect(bench.words.contains("RECOVERED a1"))
        #expect(bench.told.first { $0.kind == .recovered }?.recovery?.duration.components.seconds == 110)
        #expect(bench.restarts == ["a2"])
    }

    /// Restarts that another replica requested within the minute count towards the limit per minute.
    @Test func restartsThatAreTakenUpCountInTheMinute() throws {
        var bench = WatchBench { $0.maxPerMinute = 2 }
        let labels = ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]
        let theirs = (0..<2).map { number in
            timedOut("theirs-\(number)", namespace: "ns-\(number)").merging([
                "metadata": ["labels": labels], "spec": ["restartAt": ObjectFixture.ago(10)],
            ])
        }
        try bench.sync(theirs[0], theirs[1], timedOut("ours", namespace: "ours"))
        try bench.pass(.seconds(49))
        #expect(bench.restarts.isEmpty)
        try bench.pass(.seconds(12))
        #expect(bench.restarts == ["ours"])
    }

    /// A server's `Retry-After` is kept, whatever else happens.
    @Test func aBusyServerIsNotAskedBeforeItsTime() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.mayHeal = false
        try bench.sync(timedOut("web"))
        let looked = try #require(bench.list.cases.values.first).rollout
        _ = bench.list.notWritten(looked, "later", after: .seconds(30), now: bench.now, at: bench.uptime, random: 0)
        bench.mayHeal = true
        try bench.see(timedOut("web"))
        bench.list.takeOver(at: bench.uptime)
        try bench.pass(.seconds(29))
        #expect(bench.restarts.isEmpty)
        try bench.pass(.seconds(2))
        #expect(bench.restarts == ["web"])
    }

    /// First observed when it has already healed.
    @Test func aRestartThatLandsAndHealsUnseenIsToldToo() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.mayHeal = false
        try bench.sync(timedOut("web"))
        let looked = try #require(bench.list.cases.values.first).rollout
        let sent = bench.now
        _ = bench.list.restartFailed(looked, "timed out", sent: sent, now: bench.now, at: bench.uptime, random: 0)
        bench.told = []
        let labels = ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]
        try bench.see(
            timedOut("web").merging([
                "metadata": ["labels": labels], "spec": ["restartAt": sent.rfc3339],
                "status": ["restartedAt": sent.rfc3339, "phase": "Healthy"],
            ]))
        #expect(bench.words == ["RESTARTED web", "RECOVERED web"])
        #expect(bench.told.last?.recovery?.duration.components.seconds != nil)
    }

    /// The response was lost, but the restart was stored: it is reported once when it is observed, and followed.
    @Test func aRestartThatLandsWithoutAnAnswerIsToldWhenItIsSeen() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.mayHeal = false
        try bench.sync(timedOut("web"))
        let looked = try #require(bench.list.cases.values.first).rollout
        let sent = bench.now
        bench.told = bench.list.restartFailed(
            looked, "timed out", sent: sent, now: bench.now, at: bench.uptime, random: 0)
        #expect(bench.words == ["ERROR web"])
        let labels = ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]
        let landed = timedOut("web").merging(["metadata": ["labels": labels], "spec": ["restartAt": sent.rfc3339]])
        try bench.see(landed)
        try bench.see(landed)
        try bench.see(landed.merging(["status": ["restartedAt": sent.rfc3339, "phase": "Healthy"]]))
        #expect(bench.words == ["ERROR web", "RESTARTED web", "RECOVERED web"])
    }

    /// The cool-down starts again at the completion, and is the progress deadline if that is longer.
    @Test func fromItsCompletionARestartCoolsDownForTheProgressDeadline() throws {
        var bench = WatchBench { $0.rule.coolDown = .seconds(60) }
        let deadline: [String: any Sendable] = ["progressDeadlineSeconds": 1800]
        try bench.sync(.rollout(spec: deadline))
        try bench.pass(.seconds(61))
        #expect(bench.restarts == ["web"])
        let asked = try #require(bench.told.first { $0.kind == .restarted }).id
        #expect(asked?.name == "web")
        let restartAt = bench.list.cases.values.first?.following?.restartAt.rfc3339 ?? ""
        try bench.pass(.seconds(580))
        // Completed late, and timed out again.
        let again = ObjectFixture.rollout(
            spec: deadline.merging(["restartAt": restartAt]) { $1 }, status: ["restartedAt": restartAt])
        try bench.see(again)
        try bench.pass(.seconds(1700))
        #expect(bench.restarts == ["web"])
        try bench.pass(.seconds(200))
        #expect(bench.restarts == ["web", "web"])
    }

    /// A writer of the status could change it every second.
    @Test func whatIsToldOfOneThatChangesAllTheTimeHasABound() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync()
        for number in 1...100 {
            let status: [String: Any] = ["currentPodHash": "hash\(number)"]
            try bench.see(.rollout(spec: ["paused": true], status: status))
            try bench.pass(.seconds(2))
        }
        #expect(bench.words.count { $0.hasPrefix("SKIPPED") } > 90)
        #expect(bench.list.cases.values.allSatisfy { $0.told.causes.count <= 20 })
    }

    @Test func timeOutsOfTheFutureAreNoStorm() {
        let now = Timestamp(secondsSince1970: ObjectFixture.now)
        #expect(Storm.counts(now.advanced(by: .seconds(30)), now: now))
        #expect(!Storm.counts(now.advanced(by: .seconds(3600)), now: now))
        #expect(!Storm.counts(Timestamp(secondsSince1970: .max), now: now))
    }

    @Test func whatCannotBeReadIsNotTakenForDeleted() throws {
        var bench = WatchBench()
        try bench.sync(.rollout(), .rollout("gone"))
        bench.list.beginSnapshot()
        bench.list.keep(RolloutID(namespace: "shop", name: "web"))
        bench.list.keep(RolloutID(namespace: "shop", name: "never-seen"))
        bench.told = bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        #expect(bench.words == ["DELETED gone"])
        #expect(bench.list.count == 1)
    }

    @Test func anUpdateSoonAfterAHealHoldsNobodyBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(timedOut("a1"))
        let restartAt = bench.now.rfc3339
        try bench.pass(.seconds(5))
        let healed = timedOut("a1").healed(restartAt: restartAt)
        try bench.see(healed)
        try bench.see(healed.merging(["status": ["phase": "Progressing"]]))
        try bench.see(timedOut("a2"))
        try bench.look()
        #expect(bench.restarts == ["a1", "a2"])
    }

    /// Healed before it was first observed: it is not reported, and later changes hold nothing back.
    @Test func aHealThatOthersSawHoldsNobodyBack() throws {
        var bench = WatchBench { $0.settle = .zero }
        let labels = ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]
        let healed = timedOut("a1").healed(restartAt: bench.now.advanced(by: .seconds(-60)).rfc3339)
            .merging(["metadata": ["labels": labels]])
        try bench.sync(healed)
        try bench.see(healed.merging(["status": ["phase": "Progressing"]]))
        try bench.see(timedOut("a2"))
        try bench.look()
        #expect(bench.restarts == ["a2"])
        try bench.see(healed)
        #expect(!bench.words.contains { $0.hasPrefix("RECOVERED a1") })
    }

    /// A restart by another replica whose pods are starting holds its namespace back; an update does not.
    @Test(arguments: ["7d9f5c", "another"])
    func aRestartThatIsCarriedOutHoldsItsNamespace(hash: String) throws {
        var bench = WatchBench { $0.settle = .zero }
        let restartAt = bench.now.advanced(by: .seconds(-30)).rfc3339
        let labels = ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": hash]
        let starting = timedOut("a1").healed(restartAt: restartAt)
            .merging(["metadata": ["labels": labels], "status": ["phase": "Progressing"]])
        try bench.sync(starting, timedOut("a2"))
        try bench.look()
        #expect(bench.restarts == (hash == "another" ? ["a2"] : []))
        try bench.see(starting.merging(["status": ["phase": "Healthy"]]))
        try bench.pass(.seconds(5))
        #expect(bench.restarts == ["a2"])
    }

    /// Simulates days of a Rollout that times out repeatedly, with each restart completed.
    private func days(_ count: Int, healing: Bool) throws -> WatchBench {
        var bench = WatchBench { $0.rule.maxRestarts = 3 }
        var state = ObjectFixture.rollout()
        try bench.sync(state)
        for _ in 0..<(count * 24) {
            let before = bench.restarts.count
            try bench.pass(.seconds(3600))
            guard bench.restarts.count > before || !healing else { continue }
            let asked = bench.told.last { $0.kind == .restarted }
            guard let attempt = asked?.attempt else { continue }
            let restartAt = Timestamp(secondsSince1970: bench.now.secondsSince1970 - 1800).rfc3339
            if bench.restarts.count > before {
                state = state.restarting(at: restartAt, count: attempt).merging(["status": ["restartedAt": restartAt]])
            }
            if healing {
                try bench.see(state.merging(["status": ["phase": "Healthy", "message": ""]]))
                try bench.pass(.seconds(24 * 3600))
                let flipped = ObjectFixture.condition("Healthy", "False", "RolloutHealthy", since: 0)
                    .merging(["lastTransitionTime": bench.now.rfc3339]) { $1 }
                let timedOut = ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 0)
                    .merging(["lastUpdateTime": bench.now.rfc3339]) { $1 }
                state = state.merging(["status": ["conditions": [timedOut, flipped]]])
            }
            try bench.see(state)
        }
        return bench
    }

    @Test func whatNoRestartHelpsIsGivenUpLoudlyAndOnce() throws {
        let bench = try days(2, healing: false)
        #expect(bench.restarts.count == 3)
        #expect(bench.told.count { $0.kind == .gaveUp } == 1)
        #expect(bench.list.givenUp == 1)
    }

    @Test func whatEachRestartHealsIsHealedEachDay() throws {
        let bench = try days(10, healing: true)
        #expect(bench.restarts.count >= 8)
        #expect(!bench.told.contains { $0.kind == .gaveUp })
    }

    @Test func hostileNumbersAreGivenUpWithoutACrash() throws {
        for count in ["-1", "9223372036854775807", "99999999999999999999", "abc", "", "2147483648"] {
            var bench = WatchBench { $0.settle = .zero }
            try bench.sync(
                .rollout(
                    spec: ["restartAt": ObjectFixture.ago(3600), "progressDeadlineSeconds": Int64.max],
                    status: ["restartedAt": ObjectFixture.ago(3600)],
                    metadata: [
                        "labels": ["rollout-heal/restarts": count, "rollout-heal/pod-hash": "7d9f5c"],
                        "generation": 7,
                    ]))
            try bench.pass(.seconds(3600))
            #expect(bench.restarts.isEmpty, "\(count)")
            #expect(bench.list.givenUp == 1, "\(count)")
        }
    }

    @Test func failedLooksAndWritesComeLaterAndLaterAndAreToldOnce() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.list.beginSnapshot()
        try bench.see(.rollout())
        bench.told += bench.list.endSnapshot(now: bench.now, at: .zero)
        var times: [Duration] = []
        for _ in 0..<12 {
            let (_, looks) = bench.list.due(now: bench.now, at: bench.uptime)
            #expect(looks.count == 1)
            times.append(bench.uptime)
            bench.told += bench.list.lookFailed(looks[0], "no answer", now: bench.now, at: bench.uptime, random: 0)
            bench.uptime = try #require(bench.list.nextDue(at: bench.uptime))
        }
        #expect(bench.words == ["ERROR web"])
        let gaps = zip(times, times.dropFirst()).map { $1 - $0 }
        #expect(gaps.first == .milliseconds(400))
        #expect(gaps.last == .seconds(30))
    }

    @Test func aRolloutThatChangesAllTheTimeIsLookedAtOnceASecond() throws {
        var bench = WatchBench(heals: false)
        try bench.sync(.rollout())
        var looks = 0
        for number in 0..<1000 {
            bench.uptime += .milliseconds(10)
            try bench.see(.rollout(status: ["message": "\(ObjectFixture.deadlineMessage) \(number)"]))
            let due = bench.list.due(now: bench.now, at: bench.uptime).looks
            looks += due.count
            for looked in due {
                _ = bench.list.judge(
                    looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: bench.uptime)
            }
        }
        #expect((9...11).contains(looks))
    }

    @Test func aRateTellsWhenItIsFree() {
        var rate = Rate(perMinute: 2, turn: .seconds(600))
        let (a, b) = (RolloutID(namespace: "a", name: "web"), RolloutID(namespace: "b", name: "web"))
        let taken = [rate.take(a, at: .seconds(0)), rate.take(b, at: .seconds(10))]
        #expect(taken == [true, true])
        rate.occupy(a, at: .seconds(0))
        #expect(rate.nextFree(namespace: "c", at: .seconds(20)) == .seconds(60))
        #expect(rate.nextFree(namespace: "a", at: .seconds(20)) == .seconds(600))
        rate.giveBack(b)
        #expect(rate.nextFree(namespace: "c", at: .seconds(20)) == .seconds(20))
        rate.occupy(RolloutID(namespace: "a", name: "api"), at: .seconds(15))
        #expect(rate.nextFree(namespace: "a", at: .seconds(20)) == .seconds(615))
        rate.finish(a)
        #expect(rate.isBusy("a", at: .seconds(20)))
        rate.perMinute = 0
        #expect(rate.nextFree(namespace: "c", at: .seconds(20)) == nil)
    }
}
