import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

@Suite struct PolicyTests: GateTesting {
    @Test(arguments: Diagnosis.allCases)
    func eachPolicyRestartsItsWords(_ diagnosis: Diagnosis) {
        #expect(HealRule(policy: .rule).restarts(diagnosis) == (diagnosis != .deleting))
        #expect(HealRule().restarts(diagnosis) == (diagnosis == .stuck))
        #expect(HealRule(allowsUnproven: true).restarts(diagnosis) == [.stuck, .unproven].contains(diagnosis))
    }

    @Test func nothingIsDoneWhereTheRuleDoesNotMatch() throws {
        for policy in Policy.allCases {
            let healthy = ObjectFixture.rollout(status: ["phase": "Healthy"])
            #expect(try verdict(healthy, HealRule(policy: policy)) == nil)
        }
    }

    @Test func withoutTheRightToReadReplicaSetsNothingIsRestarted() throws {
        #expect(try verdict(.rollout(), evidence: nil)?.restarts == false)
        #expect(try verdict(.rollout(), HealRule(allowsUnproven: true), evidence: nil)?.restarts == true)
    }

    @Test func anUnobservedRestartIsNeverRepeated() throws {
        let asked = ObjectFixture.rollout(
            spec: ["restartAt": ObjectFixture.ago(1)],
            metadata: ["generation": 8, "managedFields": [ObjectFixture.written("f:spec", 1)]])
        for policy in Policy.allCases {
            let verdict = try #require(try verdict(asked, HealRule(policy: policy), evidence: [.replicaSet()]))
            #expect(verdict.diagnosis == .restartPending)
            #expect(!verdict.restarts)
        }
    }

    @Test(arguments: ["labels", "annotations"])
    func optOutHoldsUnderEveryPolicy(_ place: String) throws {
        let ignored = ObjectFixture.rollout(metadata: [place: ["rollout-heal/ignore": "true"]])
        for policy in Policy.allCases {
            let verdict = try #require(try verdict(ignored, HealRule(policy: policy)))
            #expect(verdict.heldBy?.gate == .optOut)
            #expect(verdict.word == "stuck (opt-out)")
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

    /// A missing refresh is the next step, and does not hold back.
    @Test func aRestartNeedsARefreshBeforeThatDidNotHelp() throws {
        for (mark, isOpen) in [(nil, false), (3601, false), (29, false), (30, true)] as [(Int64?, Bool)] {
            let evidence = [mark.map { ObjectFixture.replicaSet().marked($0) } ?? .replicaSet()]
            #expect(try readings(.rollout(), evidence: evidence)[.policy]?.isOpen == isOpen, "\(mark ?? -1)")
            #expect(try verdict(.rollout(), evidence: evidence)?.heldBy == nil)
        }
        #expect(HealRule().needsRefreshFirst(.stuck))
        #expect(!HealRule(policy: .rule).needsRefreshFirst(.stuck))
    }

    @Test func onlyThePolicyThatProvesReadsReplicaSets() throws {
        let stuck = try ObjectFixture.rollout().decoded(as: Rollout.self)
        #expect(!HealRule(policy: .rule).needsEvidence(for: stuck))
        #expect(HealRule().needsEvidence(for: stuck))
        let well = try ObjectFixture.rollout(status: ["phase": "Healthy"]).decoded(as: Rollout.self)
        #expect(!HealRule().needsEvidence(for: well))
    }
}

@Suite struct CoolDownTests: GateTesting {
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
        let rule = HealRule(coolDown: .seconds(row.coolDown), maxRestarts: 3)
        let verdict = try #require(try verdict(restarted(row.restarted, spec: spec), rule))
        #expect(verdict.restarts == !row.holds)
        if row.holds { #expect(verdict.heldBy?.gate == .coolDown) }
    }

    @Test func aDeadlineThatRaisesItIsSaid() throws {
        let reading = try readings(restarted(60, spec: ["progressDeadlineSeconds": 1200]))[.coolDown]
        #expect(reading?.reason == "restarted 60s ago; at most one in 20m: this Rollout's progressDeadlineSeconds")
        #expect(reading?.opensAt == now.advanced(by: .seconds(1140)))
    }

    /// A restartAt restored from Git does not shorten the cool-down: the latest of three times counts.
    @Test(
        arguments: [
            ("an old restartAt is back", 7200, 7200, 60), ("restartAt is gone", nil, 60, nil),
            ("only our label is left", nil, nil, 60), ("only spec.restartAt is left", 60, nil, nil),
        ] as [(String, Int64?, Int64?, Int64?)])
    func theLatestOfThreeMomentsCounts(
        _ row: (name: String, asked: Int64?, carriedOut: Int64?, label: Int64?)
    ) throws {
        let label = row.label.map { String(ObjectFixture.now - $0) as Any } ?? null
        let rollout = ObjectFixture.rollout(
            spec: ["restartAt": row.asked.map { ObjectFixture.ago($0) as Any } ?? null],
            status: ["restartedAt": row.carriedOut.map { ObjectFixture.ago($0) as Any } ?? null],
            metadata: ["labels": ["rollout-heal/restarted-at": label]])
        #expect(try readings(rollout)[.coolDown]?.isOpen == false, "\(row.name)")
        #expect(try rollout.decoded(as: Rollout.self).lastRestart(now: now) == now.advanced(by: .seconds(-60)))
    }

    @Test func aRestartThatIsScheduledIsNoRestartYet() throws {
        let scheduled = ObjectFixture.rollout(spec: ["restartAt": ObjectFixture.ago(-60)])
        #expect(try readings(scheduled)[.coolDown]?.reason == "never restarted")
    }

    @Test func theOriginalRuleKnowsNoCoolDown() throws {
        #expect(try verdict(restarted(1), HealRule(policy: .rule))?.restarts == true)
    }
}

@Suite struct AttemptsTests: GateTesting {
    struct Row: Sendable, CustomTestStringConvertible {
        var name: String
        var restarts: String?
        var hash = "7d9f5c"
        var restarted: Int64 = 7200
        var flip: Int64? = 7201
        var expected: Attempts

        var testDescription: String { name }
    }

    private static let malformed = Attempts.malformed(label: "rollout-heal/restarts")

    @Test(arguments: [
        Row(name: "no label", restarts: nil, expected: .count(0)),
        Row(name: "counted", restarts: "2", expected: .count(2)),
        Row(name: "at the bound", restarts: "3", expected: .count(3)),
        Row(name: "another pod template", restarts: "3", hash: "older", expected: .count(0)),
        Row(name: "negative", restarts: "-1", expected: malformed),
        Row(name: "no number", restarts: "three", expected: malformed),
        Row(name: "empty", restarts: "", expected: malformed),
        Row(name: "larger than any count", restarts: "9223372036854775808", expected: malformed),
        Row(name: "larger than 32 bits", restarts: "4294967296", expected: malformed),
        Row(name: "malformed, but of another pod template", restarts: "x", hash: "older", expected: .count(0)),
        Row(name: "Healthy changed before the restart: in vain", restarts: "3", flip: 7200, expected: .count(3)),
        Row(name: "Healthy changed after it: it had healed", restarts: "3", flip: 7199, expected: .count(0)),
        Row(name: "never Healthy, 7 days", restarts: "3", restarted: 604_800, flip: nil, expected: .count(3)),
    ])
    func theCountIsOfRestartsInVain(_ row: Row) throws {
        var fixture = restarted(row.restarted, restarts: row.restarts ?? "", healthySince: row.flip, hash: row.hash)
        if row.restarts == nil { fixture = fixture.merging(["metadata": ["labels": null]]) }
        #expect(Attempts(of: try fixture.decoded(), now: now) == row.expected)
    }

    /// Only the change of the condition matters, not its current status.
    @Test func aHealthyConditionThatIsTrueCountsAlike() throws {
        for (flip, count) in [(60, 0), (86_400 * 4, 3)] as [(Int64, Int)] {
            let fixture = restarted(86_400 * 3, restarts: "3").merging([
                "status": ["conditions": [ObjectFixture.condition("Healthy", "True", "x", since: flip)]]
            ])
            #expect(Attempts(of: try fixture.decoded(), now: now) == .count(count))
        }
    }

    /// Healed each time and timed out again 40 minutes later: no reason to give up.
    @Test func whatEveryRestartHealedIsNotGivenUp() throws {
        let fixture = restarted(2400, restarts: "1", healthySince: 2300)
        #expect(try verdict(fixture)?.restarts == true)
        #expect(RestartPatch.restart(try fixture.decoded(), now: now)?.attempt?.count == 1)
    }

    /// A `restartAt` kept by Git does not hide that our restart was later.
    @Test func ourOwnLabelTellsWhenWeRestarted() throws {
        let fixture = restarted(7200, restarts: "1", healthySince: 7100)
            .merging(["metadata": labels("1", at: 3600)])
        #expect(Attempts(of: try fixture.decoded(), now: now) == .count(1))
    }

    @Test func withoutRestartAtTheCountStays() throws {
        let fixture = restarted(7200, restarts: "2", healthySince: 60)
            .merging(["spec": ["restartAt": null], "metadata": ["labels": ["rollout-heal/restarted-at": null]]])
        #expect(Attempts(of: try fixture.decoded(), now: now) == .count(2))
    }

    @Test(arguments: ["", "yesterday", "-1", "9223372036854775807", "1e9", "1772452801"])
    func aMomentThatIsNoneClosesTheGate(_ label: String) throws {
        let fixture = restarted(7200, restarts: "0")
            .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]])
        #expect(try verdict(fixture)?.heldBy?.reason == "malformed state: label rollout-heal/restarted-at")
    }

    @Test func pastTheBoundItGivesUp() throws {
        let three = HealRule(maxRestarts: 3)
        #expect(try verdict(restarted(7200, restarts: "0"))?.restarts == true)
        #expect(try verdict(restarted(7200, restarts: "1"))?.heldBy?.gate == .attempts)
        #expect(try verdict(restarted(7200, restarts: "2"), three)?.restarts == true)
        #expect(
            try verdict(restarted(7200, restarts: "3"), three)?.heldBy?.reason
                == "3 of 3 allowed restarts did not help for pod hash 7d9f5c")
        #expect(
            try verdict(restarted(7200, restarts: "x"))?.heldBy?.reason
                == "malformed state: label rollout-heal/restarts")
        #expect(try verdict(restarted(60, restarts: "3"))?.word == "stuck (attempts)")  // precedes the cool-down
        #expect(try verdict(.rollout(), HealRule(maxRestarts: 0))?.heldBy?.gate == .attempts)
    }

    @Test func theNextCountIsOneMore() {
        #expect(Attempts.count(0).next == 1)
        #expect(Attempts.count(Int(Int32.max)).next == Int(Int32.max) + 1)
        #expect(Self.malformed.next == 1)
    }
}
