import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// A long status must not fill our memory.
@Suite struct LongTextTests {
    private static let long = String(repeating: "\u{1F1E6}", count: 100_000)

    @Test(arguments: [0, 1, 3, 4, 7, 8, 1024]) func isCutBetweenScalars(limit: Int) {
        let cut = Self.long.cut(toBytes: limit)
        #expect(cut.utf8.count == limit / 4 * 4 && Self.long.utf8.starts(with: cut.utf8))
        #expect("web".cut(toBytes: 3) == "web")
    }

    @Test func aStatusKeepsItsBeginnings() throws {
        let condition = ["type": Self.long, "status": Self.long, "reason": Self.long, "message": Self.long]
        let status: [String: Any] = [
            "phase": "Degraded", "message": "ProgressDeadlineExceeded: " + Self.long, "currentPodHash": Self.long,
            "stableRS": Self.long, "selector": Self.long, "restartedAt": Self.long, "observedGeneration": Self.long,
            "pauseConditions": Array(repeating: ["reason": Self.long], count: 101),
            "conditions": Array(repeating: condition, count: 101),
        ]
        let rollout = try ObjectFixture.rollout(
            spec: ["restartAt": Self.long], status: status, metadata: ["annotations": [Marks.ignore: Self.long]]
        ).decoded(as: Rollout.self)
        var shown = ""
        dump(rollout, to: &shown)
        #expect(shown.utf8.count < 5_000_000 && rollout.status.conditions?.count == 100)
        #expect(rollout.status.message?.utf8.count == 1022 && rollout.status.selector == nil)
        #expect(rollout.health.matches)
    }
}
