import TestSupport
import Testing

@testable import Rollouts

/// What is not Healthy has a row for whoever asks, though nothing is to be done about it.
@Suite struct OtherRolloutsTests {
    private let mute = ObjectFixture.rollout(
        "mute", status: ["message": "something else", "conditions": [String]()])
    private let new = ObjectFixture.rollout("new", status: ["phase": "Progressing", "message": ""])

    @Test func everyDiagnosisHasOneGroup() {
        let groups = Dictionary(grouping: Diagnosis.allCases, by: \.group)
        #expect(groups[.broken] == [.unavailable])
        #expect(Set(groups[.fixable] ?? []) == [.stale, .unscaled, .unreconciled, .stuck])
        #expect(
            Set(groups[.waiting] ?? []) == [.restartScheduled, .restartPending, .paused, .unsettled, .updating])
        // What a refresh heals is never said to be beyond help.
        for diagnosis in Diagnosis.allCases where diagnosis.isControllersView { #expect(diagnosis.group == .fixable) }
        #expect(Diagnosis.Group.allCases == Diagnosis.Group.allCases.sorted())
        #expect(Diagnosis.Group.allCases.map(\.name) == ["BROKEN", "FIXABLE", "WAITING", "OTHER"])
    }

    @Test func whatHasNoRowOfItsOwnHasOneHere() throws {
        var bench = WatchBench()
        let aborted = mute.merging(["metadata": ["name": "aborted"], "status": ["abort": true]])
        try bench.sync(.rollout(), mute, aborted, new, .rollout("well", status: ["phase": "Healthy"]))
        let others = bench.list.otherRows
        #expect(others.map(\.id.name) == ["aborted", "mute", "new"])
        #expect(others.map(\.group) == [.other, .other, .waiting])
        #expect(others.map(\.ready) == [5, 5, 5])
        #expect(others.map(\.state) == ["something else", "something else", ""])
        #expect(bench.list.rows(now: bench.now, at: bench.uptime).map(\.ready) == [5])
    }

    /// Before its ReplicaSets are read, nothing else is said of one that is Degraded.
    @Test func whatIsNotJudgedYetSaysSo() throws {
        var bench = WatchBench()
        bench.list.beginSnapshot()
        try bench.see(.rollout())
        #expect(bench.list.otherRows.map(\.state) == ["not judged yet"])
        #expect(bench.list.otherRows.map(\.ready) == [5])
        try bench.sync(.rollout())
        #expect(bench.list.otherRows.isEmpty)
    }

    @Test func itFollowsChangesAndDeletions() throws {
        var bench = WatchBench()
        try bench.sync(mute, new)
        try bench.see(mute.merging(["status": ["phase": "Healthy"]]))
        #expect(bench.list.otherRows.map(\.id.name) == ["new"])
        try bench.see(new.merging(["status": ["phase": "Degraded", "message": "quota"]]))
        #expect(bench.list.otherRows.map(\.phase) == ["Degraded"])
        _ = bench.list.remove(RolloutID(namespace: "shop", name: "new"), at: bench.uptime)
        #expect(bench.list.otherRows.isEmpty)
        try bench.sync(mute)
        try bench.sync(new)
        #expect(bench.list.otherRows.map(\.id.name) == ["new"])
    }

    /// Memory does not grow with the number of those in trouble; the census counts them all.
    @Test func onlySoManyAreKept() throws {
        var others = OtherRollouts()
        let rollout = try mute.decoded(as: Rollout.self)
        for number in 0..<OtherRollouts.most + 10 {
            var other = rollout
            other.metadata.name = "mute-\(number)"
            others.note(other, now: WatchBench().now)
        }
        #expect(others.rows.count == OtherRollouts.most)
        others.note(try new.decoded(as: Rollout.self), now: WatchBench().now)
        #expect(others.rows.count == OtherRollouts.most + 1)
        var known = rollout
        known.metadata.name = "mute-0"
        known.status.message = "changed"
        others.note(known, now: WatchBench().now)
        #expect(others.rows.contains { $0.state == "changed" })
    }

    /// Only where a restart follows.
    @Test(arguments: [(true, Diagnosis.Group.waiting), (false, .fixable)])
    func whatSettlesWaits(heals: Bool, group: Diagnosis.Group) throws {
        var bench = WatchBench(heals: heals)
        try bench.sync(.rollout())
        let rows = bench.list.rows(now: bench.now, at: bench.uptime)
        #expect(rows.map(\.group) == [group])
        #expect(rows[0].state.hasPrefix("settling, ") == heals)
    }

    @Test func whatIsUnderWayWaits() {
        var row = WatchedRow(
            id: RolloutID(namespace: "shop", name: "web"), phase: "Degraded", ready: 2, desired: 5, state: "")
        #expect(row.group == .broken)
        row.ready = 5
        #expect(row.group == .other)
        row.ready = nil
        #expect(row.group == .other)
        row.verdict = Verdict(diagnosis: .stuck, isDue: true, heldBy: nil)
        #expect(row.group == .fixable)
        row.isUnderWay = true
        #expect(row.group == .waiting)
    }
}
