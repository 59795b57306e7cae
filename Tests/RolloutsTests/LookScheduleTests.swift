import TestSupport
import Testing

@testable import Rollouts

@Suite struct LookScheduleTests {
    /// A Rollout that is Degraded for a reason that our writes do not heal.
    private func aborted(_ name: String = "web", namespace: String = "shop") -> ObjectFixture {
        .rollout(name, namespace: namespace, status: ["abort": true])
    }

    @Test func withoutAChangeLooksComeLessAndLessOften() throws {
        var bench = WatchBench()
        try bench.sync(aborted())
        try bench.pass(.seconds(1800))
        #expect(bench.looks["web"]?.map(\.components.seconds) == [0, 15, 45, 105, 225, 525, 1125, 1725])
    }

    @Test func aChangeThatTheRuleReadsStartsAnew() throws {
        var bench = WatchBench()
        try bench.sync(aborted())
        try bench.pass(.seconds(300))
        bench.looks = [:]
        try bench.see(aborted().merging(["status": ["message": "\(ObjectFixture.deadlineMessage) again"]]))
        try bench.pass(.seconds(50))
        #expect(bench.looks["web"]?.map(\.components.seconds) == [300, 315, 345])
    }

    @Test func aChangeOfSomethingElseCostsNoLook() throws {
        var bench = WatchBench()
        try bench.sync(aborted())
        try bench.pass(.seconds(300))
        bench.looks = [:]
        for number in 0..<100 {
            try bench.see(
                aborted().merging([
                    "metadata": ["labels": ["team": "\(number)"], "annotations": ["note": "\(number)"]],
                    "status": [
                        "conditions": [
                            ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 3600),
                            ObjectFixture.condition("Healthy", "False", "RolloutHealthy", since: 3600),
                            ObjectFixture.condition("Completed", "False", "number \(number)", since: 0),
                        ]
                    ],
                ]))
            try bench.pass(.seconds(1))
        }
        #expect(bench.looks["web"] == nil)
    }

    /// An update within its deadline changes every second.
    @Test func whatOnlyProgressesIsLookedAtEveryFiveSeconds() throws {
        var bench = WatchBench()
        try bench.sync()
        for second in 0..<60 {
            try bench.see(.rollout(status: ["phase": "Progressing", "message": "\(second)"]))
            try bench.pass(.seconds(1))
        }
        #expect((11...13).contains(bench.looks["web"]?.count ?? 0) && bench.told.isEmpty)
    }

    @Test func theReplicaSetsChangeTooStartsAnew() throws {
        var bench = WatchBench()
        try bench.sync(aborted())
        try bench.pass(.seconds(1200))
        let rollout = try aborted().decoded(as: Rollout.self)
        guard case .live(var sets) = try WatchBench.complete(rollout) else { return }
        sets[0].metadata.resourceVersion = "2000"
        bench.evidence["web"] = .live(sets)
        bench.looks = [:]
        try bench.pass(.seconds(600))
        #expect(bench.looks["web"]?.map(\.components.seconds) == [1725, 1740, 1770])
    }

    /// Added one after the other, they are soon read together.
    @Test func theOnesOfANamespaceShareOneLook() throws {
        var bench = WatchBench()
        try bench.sync(aborted("a"), aborted("c", namespace: "other"))
        try bench.pass(.seconds(200))
        try bench.see(aborted("b"))
        try bench.pass(.seconds(4000))
        bench.looks = [:]
        try bench.pass(.seconds(6000))
        #expect(bench.looks["a"] == bench.looks["b"] && bench.looks["a"]?.count == 10)
    }

    /// The limit for 500 unchanged ones in 100 namespaces is a fifth of a read per second; these are a fifth of them.
    @Test func atRestThereIsHardlyARead() throws {
        var bench = WatchBench()
        bench.chance = Chance(seed: 1)
        bench.list.beginSnapshot()
        for number in 0..<100 {
            try bench.see(aborted("web-\(number / 20)", namespace: "ns-\(number % 20)"))
            bench.uptime += .milliseconds(10)
        }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.pass(.seconds(3 * 3600))
        bench.requests = 0
        try bench.pass(.seconds(3600))
        #expect((100...144).contains(bench.requests), "\(bench.requests)")
    }

    @Test func jitterGoesUpwardsOnly() {
        for random in [0, 0.5, 0.999] {
            var schedule = LookSchedule()
            var times: [Duration] = []
            var uptime = Duration.zero
            for _ in 0..<8 {
                schedule.goOn(at: uptime, random: random)
                let next = schedule.next ?? .zero
                times.append(next - uptime)
                uptime = next
            }
            for (time, interval) in zip(times, LookSchedule.intervals + [.seconds(600), .seconds(600)]) {
                #expect(time >= interval && time <= interval * 1.1)
            }
        }
    }

    @Test func aBucketTellsEachItsTurn() {
        var bucket = TokenBucket(perSecond: 5, burst: 10)
        let turns = (0..<15).map { _ in bucket.reserve(at: .seconds(1)) }
        #expect(turns.prefix(10).allSatisfy { $0 == .seconds(1) })
        #expect(turns.dropFirst(10).map { $0 - .seconds(1) } == (1...5).map { .milliseconds(200 * $0) })
        #expect(bucket.reserve(at: .seconds(100)) == .seconds(100))
        bucket.giveBack(100)
        #expect(bucket.reserve(10, at: .seconds(100)) == .seconds(100))
        #expect(bucket.reserve(at: .seconds(100)) > .seconds(100))
    }
}
