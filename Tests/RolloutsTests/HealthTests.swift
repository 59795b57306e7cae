import Foundation
import TestSupport
import Testing

@testable import Rollouts

private let null = NSNull()

/// A healthy Rollout of a controller that stores no phase.
private func old(spec: [String: Any] = [:], status: [String: Any] = [:]) -> ObjectFixture {
    .rollout(
        spec: spec,
        status: [
            "phase": null, "message": null, "conditions": null, "replicas": 5, "updatedReplicas": 5,
            "availableReplicas": 5,
        ]
    ).merging(["status": status])
}

private var canary: [String: Any] { ["strategy": ["blueGreen": null, "canary": [String: Any]()]] }

private func condition(_ type: String, _ reason: String, _ message: String) -> [String: Any] {
    ["conditions": [ObjectFixture.condition(type, "False", reason, since: 60, message: message)]]
}

private struct HealthCase: CustomTestStringConvertible, Sendable {
    var name: String
    var rollout: ObjectFixture
    var phase: String
    var message: String

    init(_ name: String, _ rollout: ObjectFixture, _ phase: String, _ message: String = "") {
        self.name = name
        self.rollout = rollout
        self.phase = phase
        self.message = message
    }

    var testDescription: String { name }
}

private let healthCases: [HealthCase] = [
    HealthCase("as stored", .rollout(), "Degraded", ObjectFixture.deadlineMessage),
    HealthCase("a phase nobody knows", .rollout(status: ["phase": "Odd", "message": "m"]), "Odd", "m"),
    HealthCase(
        "generation behind", .rollout(status: ["observedGeneration": "6"]), "Progressing",
        "waiting for rollout spec update to be observed"),
    HealthCase(
        "no generation to compare", .rollout(metadata: ["generation": null]), "Degraded",
        ObjectFixture.deadlineMessage),
    HealthCase(
        "observedGeneration larger than any number", .rollout(status: ["observedGeneration": "99999999999999999999"]),
        "Degraded", ObjectFixture.deadlineMessage),
    HealthCase(
        "controller pause without a reason", .rollout(status: ["controllerPause": true]), "Progressing",
        "waiting for rollout to unpause"),
    HealthCase(
        "controller pause with a reason",
        .rollout(status: ["controllerPause": true, "pauseConditions": [["reason": "r"]], "phase": "Paused"]), "Paused",
        ObjectFixture.deadlineMessage),

    HealthCase("computed: all well", old(), "Healthy"),
    HealthCase(
        "computed: invalid", old(status: condition("InvalidSpec", "x", "no strategy")), "Degraded",
        "InvalidSpec: no strategy"),
    HealthCase(
        "computed: timed out", old(status: condition("Progressing", "ProgressDeadlineExceeded", "late")), "Degraded",
        "ProgressDeadlineExceeded: late"),
    HealthCase(
        "computed: aborted", old(status: condition("Progressing", "RolloutAborted", "why")), "Degraded",
        "RolloutAborted: why"),
    HealthCase(
        "computed: conditions in array order",
        old(status: [
            "conditions": [
                ObjectFixture.condition("Progressing", "False", "RolloutAborted", since: 1, message: "first"),
                ObjectFixture.condition("InvalidSpec", "True", "InvalidSpec", since: 1, message: "second"),
            ]
        ]), "Degraded", "RolloutAborted: first"),
    HealthCase("computed: paused by hand", old(spec: ["paused": true]), "Paused", "manually paused"),
    HealthCase(
        "computed: paused by a step", old(status: ["pauseConditions": [["reason": "CanaryPauseStep"]]]), "Paused",
        "CanaryPauseStep"),
    HealthCase(
        "computed: restarting", old(spec: ["restartAt": ObjectFixture.ago(5)]), "Progressing",
        "rollout is restarting"),
    HealthCase(
        "computed: too few updated", old(status: ["updatedReplicas": 4]), "Progressing",
        "more replicas need to be updated"),
    HealthCase(
        "computed: too few available", old(status: ["availableReplicas": 4]), "Progressing",
        "updated replicas are still becoming available"),
    HealthCase(
        "computed: before cutover", old(status: ["blueGreen": ["activeSelector": "older"]]), "Progressing",
        "active service cutover pending"),
    HealthCase(
        "computed: no active selector", old(status: ["blueGreen": null]), "Progressing",
        "active service cutover pending"),
    HealthCase(
        "computed: blue-green, not stable yet", old(status: ["stableRS": "older"]), "Progressing",
        "waiting for analysis to complete"),
    HealthCase(
        "computed: canary, old pods", old(spec: canary, status: ["replicas": 6]), "Progressing",
        "old replicas are pending termination"),
    HealthCase(
        "computed: canary with traffic routing keeps old pods",
        old(
            spec: ["strategy": ["blueGreen": null, "canary": ["trafficRouting": ["nginx": [String: Any]()]]]],
            status: ["replicas": 6]),
        "Healthy"),
    HealthCase(
        "computed: canary, steps left", old(spec: canary, status: ["stableRS": null]), "Progressing",
        "waiting for all steps to complete"),
    HealthCase("computed: canary, done", old(spec: canary), "Healthy"),
    HealthCase(
        "computed: replicas absent means one",
        old(spec: ["replicas": null], status: ["updatedReplicas": null, "availableReplicas": null]), "Progressing",
        "more replicas need to be updated"),
]

@Suite struct HealthTests {
    @Test(arguments: healthCases)
    fileprivate func phaseAndMessageAreTheOfficialPlugins(_ shape: HealthCase) throws {
        let rollout = try shape.rollout.decoded(as: Rollout.self)
        #expect(rollout.health == Health(phase: shape.phase, message: shape.message))
    }

    @Test(arguments: [
        ("Degraded", "ProgressDeadlineExceeded: x", true),
        ("Degraded", "x ProgressDeadlineExceeded", true),
        ("Degraded", "progressdeadlineexceeded", false),
        ("degraded", "ProgressDeadlineExceeded", false),
        ("Degraded", "", false),
        ("Progressing", "ProgressDeadlineExceeded", false),
    ])
    func theBaseRuleIsExactlyThis(phase: String, message: String, matches: Bool) {
        #expect(Health(phase: phase, message: message).matches == matches)
    }
}
