import TestSupport
import Testing

@testable import Rollouts

/// Rollouts without a row are counted.
@Suite struct CensusTests {
    private let mute = ObjectFixture.rollout("mute", status: ["message": "something else", "conditions": [String]()])

    @Test func everyRolloutIsCountedOnce() throws {
        var bench = WatchBench()
        try bench.sync(
            .rollout(), mute, .rollout("well", status: ["phase": "Healthy"]),
            .rollout("new", status: ["phase": "Progressing", "message": ""]))
        bench.list.exclude(try ObjectFixture.rollout("left", namespace: "alone").decoded(as: Rollout.self))
        #expect(bench.list.census == Census(shown: 1, otherDegraded: 1, inProgress: 1, excluded: 1))
        #expect(!bench.list.census.isAllHealthy)
    }

    @Test func itFollowsChangesDeletionsAndLists() throws {
        var bench = WatchBench()
        try bench.sync(mute, .rollout("well", status: ["phase": "Healthy"]))
        try bench.see(mute.merging(["status": ["phase": "Healthy"]]))
        #expect(bench.list.census.isAllHealthy)
        try bench.see(mute)
        #expect(bench.list.census == Census(otherDegraded: 1))
        _ = bench.list.remove(RolloutID(namespace: "shop", name: "mute"), at: bench.uptime)
        #expect(bench.list.census.isAllHealthy)
        bench.list.exclude(try ObjectFixture.rollout("left", namespace: "alone").decoded(as: Rollout.self))
        try bench.sync(.rollout("well", status: ["phase": "Healthy"]))
        #expect(bench.list.census == Census())
    }
}
