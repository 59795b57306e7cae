import Formats
import TestSupport
import Testing

@testable import Rollouts

/// Refreshes that do not help, must not be made, or are forbidden.
@Suite struct WatchlistLadderTests {
    private func times(_ bench: WatchBench, _ name: String = "web") -> [Int64] {
        bench.refreshes.filter { $0.name == name }.map(\.at.components.seconds)
    }

    /// While the controller is down, no refresh has an effect.
    @Test func whatNoRefreshHelpsIsToldOnceAndRefreshedLessAndLessOften() throws {
        var bench = WatchBench()
        try bench.sync(.stale())
        try bench.pass(.seconds(4 * 3600))
        #expect(times(bench) == [30, 90, 390, 2190, 5790, 9390, 12990])
        #expect(times(bench, "web label") == times(bench).map { $0 + 15 })
        #expect(bench.told.filter { $0.kind == .found }.map(\.diagnosis) == [.stale, .unreconciled])
        #expect(bench.restarts.isEmpty && bench.list.caseCount == 1)
        #expect((bench.looks["web"]?.count ?? 0) < 140)
    }

    /// No controller manages it: there is only the label to write.
    @Test func oneThatNobodyReconcilesIsTold() throws {
        var bench = WatchBench()
        bench.evidence["web"] = .live([])
        let created: [String: Any] = ["creationTimestamp": ObjectFixture.ago(0)]
        let fields = ObjectFixture.rollout(metadata: created).fields.filter { $0.key != "status" }
        try bench.sync(ObjectFixture(fields))
        try bench.pass(.seconds(59))
        #expect(bench.told.isEmpty)
        try bench.pass(.seconds(30))
        #expect(bench.told.map(\.diagnosis) == [.unreconciled, .unreconciled])
        #expect(bench.words == ["FOUND web", "REFRESHED web"])
        #expect(bench.told.last?.message.hasPrefix("wrote to the Rollout's label") == true)
    }

    @Test func theLooksAfterARefreshComeLaterAndLater() throws {
        var bench = WatchBench()
        try bench.sync(.stale())
        try bench.pass(.seconds(89))
        let after = (bench.looks["web"] ?? []).filter { $0 > .seconds(30) }.map { $0 - .seconds(30) }
        let first = WatchBench.offsets(.zero)
        #expect(after == first + WatchBench.offsets(.seconds(15)))
    }

    /// Each process reads the other's mark from the objects.
    @Test func twoWatchersKeepOneInterval() throws {
        var (one, two) = (WatchBench(), WatchBench())
        two.mayHeal = false
        try one.sync(.stale())
        try two.sync(.stale())
        two.mayHeal = true
        try one.pass(.seconds(30))
        two.marks = one.marks
        try two.pass(.seconds(89))
        #expect(one.refreshes.count == 1 && two.refreshes.isEmpty)
        try two.pass(.seconds(1))
        #expect(times(two) == [90])
        #expect(two.marks["web"]?.count == 2)
    }

    // MARK: stuck

    @Test(arguments: [0, 60, 120]) func whatIsStuckIsRefreshedFirstAndThenRestarted(settle: Int) throws {
        var bench = WatchBench { $0.settle = .seconds(settle) }
        bench.isMarked = false
        try bench.sync(.rollout())
        let restart = max(60, settle)
        try bench.pass(.seconds(restart) - .milliseconds(1))
        #expect(times(bench) == [30] && bench.restarts.isEmpty)
        try bench.pass(.milliseconds(1))
        #expect(bench.restarts == ["web"])
        #expect(bench.words == ["FOUND web", "REFRESHED web", "RESTARTED web"])
    }

    @Test func aMarkThatIsThereIsUsedAndAYoungOneIsWaitedFor() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.isMarked = false
        bench.marks["web"] = RefreshMark(time: bench.now.advanced(by: .seconds(-10)), count: 1)
        try bench.sync(.rollout())
        try bench.pass(.milliseconds(19_999))
        #expect(bench.restarts.isEmpty)
        try bench.pass(.milliseconds(1))
        #expect(bench.restarts == ["web"] && bench.refreshes.isEmpty)
    }

    @Test func whatARefreshHealsIsNeverRestarted() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.isMarked = false
        bench.onRefresh = { bench, order in
            try bench.see(.healthy())
            return WatchBench.written(order)
        }
        try bench.sync(.rollout())
        try bench.pass(.seconds(3600))
        #expect(bench.words == ["FOUND web", "REFRESHED web", "RECOVERED web"])
        #expect(bench.told.last?.recovery?.by == .refresh && bench.restarts.isEmpty)
    }

    @Test(arguments: [true, false]) func healingByRefreshAloneNeverRestarts(isMarked: Bool) throws {
        var bench = WatchBench {
            $0.settle = .zero
            $0.restarts = false
        }
        bench.isMarked = isMarked
        try bench.sync(.rollout())
        try bench.pass(.seconds(24 * 3600))
        #expect(bench.restarts.isEmpty)
        #expect(times(bench) == (isMarked ? [] : [30]))
        #expect(bench.words.filter { $0.hasPrefix("SKIPPED") } == ["SKIPPED web policy"])
    }

    @Test func aRestartTellsWhatItCost() throws {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout())
        try bench.pass(.seconds(41))
        try bench.see(.rollout().healed(restartAt: ObjectFixture.ago(0)))
        let recovered = try #require(bench.told.last)
        #expect(recovered.recovery == .init(by: .restart, duration: .seconds(41), evicted: 5))
    }

    // MARK: Who is left alone

    @Test func whoOptsOutOrIsDeletedIsNotRefreshed() throws {
        var bench = WatchBench()
        try bench.sync(
            .stale("ignored", metadata: ["annotations": ["rollout-heal/ignore": "true"]]),
            .stale("deleting", metadata: ["deletionTimestamp": ObjectFixture.ago(5)]))
        try bench.pass(.seconds(3600))
        #expect(bench.refreshes.isEmpty)
        #expect(bench.words == ["FOUND ignored", "SKIPPED ignored opt-out"])
        #expect(bench.looks["deleting"] == nil)
    }

    @Test func aStandbyRefreshesNothingAndALeaderTakesOverAtOnce() throws {
        var bench = WatchBench()
        bench.mayHeal = false
        try bench.sync(.stale())
        try bench.pass(.seconds(300))
        #expect(bench.refreshes.isEmpty)
        bench.mayHeal = true
        bench.list.takeOver(at: bench.uptime)
        try bench.look()
        #expect(times(bench) == [300])
    }

    // MARK: Writes that come to nothing

    @Test func missingRightsAreToldOnceANamespaceAndNothingIsRestarted() throws {
        var bench = WatchBench { $0.settle = .zero }
        bench.isMarked = false
        bench.onRefresh = { _, _ in
            var result = RefreshResult()
            result.hasLabel = true
            result.missingRights = ["replicasets/status"]
            return result
        }
        try bench.sync(.rollout("a"), .rollout("b"), .rollout("c", namespace: "other"))
        try bench.pass(.seconds(3600))
        #expect(bench.restarts.isEmpty)
        let errors = bench.told.filter { $0.kind == .error }
        #expect(errors.map(\.id?.namespace) == ["other", "shop"])
        #expect(errors.allSatisfy { $0.message.contains("permission to patch replicasets/status in namespace") })
    }

    @Test func withoutAnyRightItIsTriedLaterAndLater() throws {
        var bench = WatchBench()
        bench.onRefresh = { _, _ in
            var result = RefreshResult()
            result.missingRights = ["replicasets/status", "rollouts"]
            return result
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(7200))
        #expect(times(bench) == [30, 90, 390, 2190, 5790])
        #expect(!bench.words.contains("REFRESHED web"))
        #expect(bench.words.count { $0 == "ERROR web" } == 2)
    }

    @Test func aRefreshThatFailsIsToldOnceAndTriedAgain() throws {
        var bench = WatchBench()
        var tries = 0
        bench.onRefresh = { _, order in
            tries += 1
            if tries > 3 { return WatchBench.written(order) }
            var result = RefreshResult()
            result.failure = "no answer"
            return result
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(40))
        #expect(tries == 4)
        #expect(bench.words == ["FOUND web", "ERROR web", "REFRESHED web"])
        #expect(bench.told[1].failure == .refreshNotWritten)
    }

    /// A webhook may deny the label but not the ReplicaSets: it is named.
    @Test func aLabelThatIsRefusedIsTold() throws {
        var bench = WatchBench()
        bench.onRefresh = { _, order in
            if order.step == .first { return WatchBench.written(order) }
            var result = RefreshResult()
            result.failure = "admission webhook \"labels\" denied the request"
            return result
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(59))
        #expect(bench.words == ["FOUND web", "REFRESHED web", "ERROR web"])
        #expect(bench.told[2].message.contains("webhook") && bench.told[2].failure == .refreshNotWritten)
    }

    @Test func whatVanishesOrIsReplacedOnTheWayIsNoError() throws {
        for isReplaced in [false, true] {
            var bench = WatchBench()
            bench.onRefresh = { bench, order in
                if isReplaced {
                    try bench.see(.rollout(metadata: ["uid": "another"]).merging(["status": ["phase": "Healthy"]]))
                } else {
                    bench.told += bench.list.remove(RolloutID(order.rollout), at: bench.uptime)
                }
                return WatchBench.written(order)
            }
            try bench.sync(.stale())
            try bench.pass(.seconds(600))
            #expect(bench.words == ["FOUND web", "DELETED web"])
            #expect(bench.refreshes.count == 1 && bench.list.caseCount == 0)
        }
    }

    /// It has changed before the write: it is read again, and nothing is reported.
    @Test func whatHasMovedBeforeTheWriteIsNotWritten() throws {
        var bench = WatchBench()
        bench.onRefresh = { bench, order in
            var result = RefreshResult()
            result.isOvertaken = true
            bench.onRefresh = { _, order in WatchBench.written(order) }
            return result
        }
        try bench.sync(.stale())
        try bench.pass(.seconds(31))
        #expect(bench.words == ["FOUND web", "REFRESHED web"] && bench.refreshes.count == 2)
    }

    // MARK: Many at once

    private func many(_ stale: Int, of all: Int, writtenAgo: Int64) throws -> WatchBench {
        var bench = WatchBench()
        bench.list.beginSnapshot()
        let fields = [ObjectFixture.written("f:spec", writtenAgo)]
        for number in 0..<all {
            let name = "web-\(number)"
            try bench.see(number < stale ? .stale(name, metadata: ["managedFields": fields]) : .healthy(name))
        }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        try bench.look()
        return bench
    }

    @Test func aControllerThatLagsIsWaitedFor() throws {
        var bench = try many(10, of: 20, writtenAgo: 0)
        try bench.pass(.seconds(60))
        #expect(bench.refreshes.isEmpty)
        let lines = bench.told.filter { $0.gate == .storm }
        #expect(lines.map(\.kind) == [.error] && bench.list.isLagging)
        #expect(lines[0].message.contains("10 of 20"))
        // The controller keeps up again: a minute of calm, and no refresh was needed.
        for number in 0..<10 { try bench.see(.healthy("web-\(number)")) }
        try bench.pass(.seconds(120))
        #expect(!bench.list.isLagging && bench.refreshes.isEmpty)
        #expect(bench.told.filter { $0.gate == .storm }.map(\.kind) == [.error, .found])
    }

    /// A controller that is gone for good causes refreshes after a time without writes.
    @Test func aControllerThatIsGoneEndsAsUnreconciled() throws {
        var bench = try many(10, of: 20, writtenAgo: 0)
        try bench.pass(.seconds(600))
        let first = try #require(bench.refreshes.first?.at)
        #expect((.seconds(140)...(.seconds(160))).contains(first))
        #expect(bench.told.filter { $0.diagnosis == .unreconciled && $0.kind == .found }.count == 10)
    }

    @Test(arguments: [(4, 10, 0), (5, 25, 0), (10, 20, 3600)] as [(Int, Int, Int64)])
    func fewOrOldOnesAreNoLag(stale: Int, all: Int, writtenAgo: Int64) throws {
        var bench = try many(stale, of: all, writtenAgo: writtenAgo)
        try bench.pass(.seconds(31))
        #expect(Set(bench.refreshes.map(\.name)).count == stale)
        #expect(!bench.told.contains { $0.gate == .storm })
    }

    /// A burst of 50 objects, then 10 per second; each case takes a ReplicaSet and its Rollout.
    @Test func refreshesHaveARateOfTheirOwn() throws {
        var bench = try many(45, of: 45, writtenAgo: 3600)
        try bench.pass(.seconds(30))
        #expect(bench.refreshes.count == 25)
        try bench.pass(.seconds(2))
        #expect((34...36).contains(bench.refreshes.count))
        try bench.pass(.seconds(2))
        #expect(bench.refreshes.count == 45)
        #expect(bench.restarts.isEmpty)
    }
}
