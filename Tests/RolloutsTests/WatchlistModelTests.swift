import Foundation
import Testing

@testable import Rollouts

/// A model check: our processes on a cluster with all possible faults, in random schedules.
@Suite struct WatchlistModelTests {
    private static let variable = "ROLLOUT_HEAL_SCHEDULES"
    private static let usual: UInt64 = 60

    /// `ROLLOUT_HEAL_SCHEDULES=20000` runs that many, `7+1` only the eighth.
    private static var seeds: Range<UInt64> {
        let parts = (ProcessInfo.processInfo.environment[variable] ?? "").split(separator: "+").map { UInt64($0) }
        if let first = parts.first ?? nil {
            if parts.count == 2, let count = parts[1] { return first..<(first + count) }
            return 0..<first
        }
        return 0..<usual
    }

    @Test func noScheduleBreaksARule() {
        var restarts = 0
        var refreshes = 0
        var hours: Int64 = 0
        var steps = 0
        var broken = 0
        for seed in Self.seeds where broken < 10 {
            let run = ModelRun(seed: seed)
            if Self.seeds.count == 1 { run.simulation.onStep = { print($0) } }
            let outcome = run.outcome()
            restarts += outcome.restarts
            refreshes += outcome.refreshes
            hours += outcome.hours
            steps += outcome.steps
            if !outcome.violations.isEmpty { broken += 1 }
            #expect(outcome.violations.isEmpty, "schedule \(seed)")
        }
        print(
            "schedules explored: \(Self.seeds.count), of \(hours) hours with \(steps) steps, "
                + "\(refreshes) refreshes and \(restarts) restarts")
        #expect(restarts >= Self.seeds.count / 2 && refreshes >= Self.seeds.count)
    }

    /// Proves that a violated rule is detected, and soon.
    @Test(arguments: ModelCluster.Fault.allCases)
    func aPlantedFaultIsFound(fault: ModelCluster.Fault) throws {
        let found = (0..<100).first { !ModelRun(seed: $0, fault: fault).outcome().violations.isEmpty }
        print("planted: \(fault), found by schedule \(try #require(found))")
    }
}
