import TestSupport
import Testing

@testable import Rollouts

/// Schedules that the model check has found: what comes in an order that nobody wishes for.
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
}
