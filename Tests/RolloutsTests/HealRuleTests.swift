import Foundation
import TestSupport
import Testing

@testable import Rollouts

private let now = Timestamp(secondsSince1970: ObjectFixture.now)
private let null = NSNull()
private let proof = [ObjectFixture.replicaSet()]

private func labels(_ restarts: String, hash: String = "7d9f5c") -> [String: Any] {
    ["labels": ["rollout-heal/restarts": restarts, "rollout-heal/pod-hash": hash]]
}

/// Restarted so many seconds ago, carried out, timed out again a minute ago.
private func restarted(
    _ seconds: Int64, restarts: String = "1", healthySince flip: Int64? = nil, spec: [String: Any] = [:],
    hash: String = "7d9f5c"
) -> ObjectFixture {
    let healthy = flip.map { [ObjectFixture.condition("Healthy", "False", "RolloutHealthy", since: $0)] } ?? []
    let timedOut = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 120)]
    return .rollout(
        spec: ["restartAt": ObjectFixture.ago(seconds)].merging(spec) { $1 },
        status: ["restartedAt": ObjectFixture.ago(seconds), "conditions": healthy + timedOut],
        metadata: labels(restarts, hash: hash))
}

private func verdict(
    _ fixture: ObjectFixture, _ rule: HealRule = HealRule(), evidence: [ObjectFixture]? = proof
) throws -> Verdict? {
    let live = try evidence.map { Evidence.live(try $0.map { try $0.decoded() }) } ?? .forbidden
    return rule.verdict(on: try fixture.decoded(), live, now: now)
}

@Suite struct PolicyTests {
    @Test(arguments: Diagnosis.allCases)
    func eachPolicyRestartsItsWords(_ diagnosis: Diagnosis) {
        #expect(Policy.rule.restarts(diagnosis))
        #expect(Policy.cautious.restarts(diagnosis) == [.stuck, .unproven].contains(diagnosis))
        #expect(Policy.strict.restarts(diagnosis) == (diagnosis == .stuck))
    }

    @Test func nothingIsDoneWhereTheRuleDoesNotMatch() throws {
        for policy in Policy.allCases {
            let healthy = ObjectFixture.rollout(status: ["phase": "Healthy"])
            #expect(try verdict(healthy, HealRule(policy: policy)) == nil)
        }
    }

    @Test func anUnobservedRestartIsNeverRepeated() throws {
        let asked = ObjectFixture.rollout(spec: ["restartAt": ObjectFixture.ago(1)], metadata: ["generation": 8])
        for policy in Policy.allCases {
            let verdict = try #require(try verdict(asked, HealRule(policy: policy)))
            #expect(verdict.diagnosis == .restartPending)
            #expect(!verdict.restarts)
        }
    }

    @Test(arguments: ["labels", "annotations"])
    func optOutHoldsUnderEveryPolicy(_ place: String) throws {
        let ignored = ObjectFixture.rollout(metadata: [place: ["rollout-heal/ignore": "true"]])
        for policy in Policy.allCases {
            let verdict = try #require(try verdict(ignored, HealRule(policy: policy)))
            #expect(verdict.heldBy == .ignored)
            #expect(verdict.word == "stuck (ignored)")
        }
        let other = ObjectFixture.rollout(metadata: [place: ["rollout-heal/ignore": "True"]])
        #expect(try verdict(other)?.heldBy == nil)
    }

    @Test func aGateIsNamedOnlyWhereItHoldsSomethingBack() throws {
        let paused = restarted(60, spec: ["paused": true])
        let verdict = try #require(try verdict(paused))
        #expect(verdict.diagnosis == .paused)
        #expect(verdict.heldBy == nil)
        #expect(!verdict.restarts)
    }

    @Test func strictSparesTheOnlyPod() throws {
        let single = ObjectFixture.rollout(spec: ["replicas": null])
        #expect(try verdict(single, HealRule(policy: .strict))?.heldBy == .singleReplica)
        #expect(try verdict(single, HealRule(policy: .strict, allowsSingleReplica: true))?.restarts == true)
        #expect(try verdict(single, HealRule(policy: .cautious))?.restarts == true)
    }

    @Test func onlyThePolicyThatProvesReadsReplicaSets() throws {
        let stuck = try ObjectFixture.rollout().decoded(as: Rollout.self)
        #expect(!HealRule(policy: .rule).needsEvidence(for: stuck, now: now))
        #expect(HealRule(policy: .cautious).needsEvidence(for: stuck, now: now))
        let paused = try ObjectFixture.rollout(spec: ["paused": true]).decoded(as: Rollout.self)
        #expect(!HealRule(policy: .strict).needsEvidence(for: paused, now: now))
    }
}

@Suite struct CoolDownTests {
    struct Row: Sendable {
        var restarted: Int64
        var coolDown: Int64
        var deadline: Int64?
        var holds: Bool
    }

    @Test(arguments: [
        Row(restarted: 899, coolDown: 900, deadline: nil, holds: true),
        Row(restarted: 900, coolDown: 900, deadline: nil, holds: false),
        Row(restarted: 599, coolDown: 0, deadline: nil, holds: true),  // the API's default deadline
        Row(restarted: 600, coolDown: 0, deadline: nil, holds: false),
        Row(restarted: 599, coolDown: 0, deadline: 60, holds: false),
        Row(restarted: 1800, coolDown: 900, deadline: 3600, holds: true),
        Row(restarted: 1800, coolDown: 900, deadline: -5, holds: false),
        Row(restarted: 86_400, coolDown: 900, deadline: .max, holds: true),
        Row(restarted: 86_400, coolDown: .max, deadline: .min, holds: true),
    ])
    func theLongerOfCoolDownAndDeadlineCounts(_ row: Row) throws {
        let spec: [String: Any] = row.deadline.map { ["progressDeadlineSeconds": $0] } ?? [:]
        let rule = HealRule(coolDown: row.coolDown)
        let verdict = try #require(try verdict(restarted(row.restarted, spec: spec), rule))
        #expect(verdict.restarts == !row.holds)
        if row.holds { #expect(verdict.heldBy?.name == "cool-down") }
    }

    @Test func theOriginalRuleKnowsNoCoolDown() throws {
        #expect(try verdict(restarted(1), HealRule(policy: .rule))?.restarts == true)
    }
}

@Suite struct AttemptsTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var restarts: String?
        var hash = "7d9f5c"
        var restarted: Int64 = 7200
        var flip: Int64? = 7100
        var expected: Attempts

        var testDescription: String { name }
    }

    @Test(arguments: [
        Row(name: "no label", restarts: nil, expected: .count(0)),
        Row(name: "counted", restarts: "2", expected: .count(2)),
        Row(name: "at the bound", restarts: "3", expected: .count(3)),
        Row(name: "another pod template", restarts: "3", hash: "older", expected: .count(0)),
        Row(name: "negative", restarts: "-1", expected: .malformed),
        Row(name: "no number", restarts: "three", expected: .malformed),
        Row(name: "empty", restarts: "", expected: .malformed),
        Row(name: "larger than any count", restarts: "9223372036854775808", expected: .malformed),
        Row(name: "larger than 32 bits", restarts: "4294967296", expected: .malformed),
        Row(name: "malformed, but of another pod template", restarts: "x", hash: "older", expected: .count(0)),
        Row(
            name: "flipped within the hour: part of the restart", restarts: "3", restarted: 7200, flip: 3601,
            expected: .count(3)),
        Row(
            name: "flipped an hour later: it had healed", restarts: "3", restarted: 7200, flip: 3600,
            expected: .count(0)),
        Row(name: "no Healthy condition, 24 h later", restarts: "3", restarted: 86_400, flip: nil, expected: .count(0)),
        Row(
            name: "no Healthy condition, a second less", restarts: "3", restarted: 86_399, flip: nil,
            expected: .count(3)),
    ])
    func theCountIsOfRestartsInVain(_ row: Row) throws {
        var fixture = restarted(row.restarted, restarts: row.restarts ?? "", healthySince: row.flip, hash: row.hash)
        if row.restarts == nil { fixture = fixture.merging(["metadata": ["labels": null]]) }
        #expect(Attempts(of: try fixture.decoded(), now: now) == row.expected)
    }

    @Test func aHealthyConditionThatIsTrueProvesNothing() throws {
        let fixture = restarted(86_400 * 3, restarts: "3").merging([
            "status": ["conditions": [ObjectFixture.condition("Healthy", "True", "x", since: 60)]]
        ])
        #expect(Attempts(of: try fixture.decoded(), now: now) == .count(3))
    }

    @Test func withoutRestartAtTheCountStays() throws {
        let fixture = restarted(7200, restarts: "2", healthySince: 60).merging(["spec": ["restartAt": null]])
        #expect(Attempts(of: try fixture.decoded(), now: now) == .count(2))
    }

    @Test func pastTheBoundItGivesUp() throws {
        #expect(try verdict(restarted(7200, restarts: "2"))?.restarts == true)
        #expect(try verdict(restarted(7200, restarts: "3"))?.heldBy == .gaveUp(restarts: 3))
        #expect(try verdict(restarted(7200, restarts: "x"))?.heldBy == .gaveUp(restarts: nil))
        #expect(try verdict(restarted(7200, restarts: "3"), HealRule(maxRestarts: 4))?.restarts == true)
        #expect(try verdict(restarted(60, restarts: "3"))?.word == "stuck (gave-up)")  // louder than the cool-down
        #expect(try verdict(.rollout(), HealRule(maxRestarts: 0))?.heldBy == .gaveUp(restarts: 0))
    }

    @Test func theNextCountIsOneMore() {
        #expect(Attempts.count(0).next == 1)
        #expect(Attempts.count(Int(Int32.max)).next == Int(Int32.max) + 1)
        #expect(Attempts.malformed.next == 1)
    }
}

@Suite struct ChecksTests {
    @Test func everyGateIsShownWithItsEvidence() throws {
        let fixture = restarted(60, restarts: "3")
        let checks = HealRule(policy: .strict).checks(of: try fixture.decoded(), .stuck, now: now)
        #expect(checks.map(\.name) == ["policy", "opt-out", "attempts", "cool-down", "settle", "single-replica"])
        #expect(checks.filter { !$0.isOpen }.map(\.name) == ["attempts", "cool-down"])
        #expect(checks[2].evidence == "3 of 3 restarts in vain for pod hash 7d9f5c")
    }

    @Test func theOriginalRuleHasTwo() throws {
        let checks = HealRule(policy: .rule).checks(of: try ObjectFixture.rollout().decoded(), .stuck, now: now)
        #expect(checks.map(\.name) == ["policy", "opt-out"])
    }

    /// What the checks show and what the verdict does never disagree, save for settling, which is waited for.
    @Test(arguments: Policy.allCases)
    func checksAndVerdictAgree(_ policy: Policy) throws {
        let rule = HealRule(policy: policy)
        let fixtures = [
            ObjectFixture.rollout(), restarted(60), restarted(7200, restarts: "3"), .rollout(spec: ["replicas": 1]),
            .rollout(metadata: ["labels": ["rollout-heal/ignore": "true"]]), .rollout(spec: ["paused": true]),
        ]
        for fixture in fixtures {
            let verdict = try #require(try verdict(fixture, rule))
            let checks = rule.checks(of: try fixture.decoded(), verdict.diagnosis, now: now)
            #expect(verdict.restarts == checks.allSatisfy { $0.isOpen || $0.name == "settle" })
        }
    }
}
