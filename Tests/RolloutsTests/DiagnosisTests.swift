import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// A Rollout with its live ReplicaSets and the expected diagnosis; nil if the rule does not match.
struct DiagnosisCase: CustomTestStringConvertible, Sendable {
    var name: String
    var rollout: ObjectFixture
    var replicaSets: [ObjectFixture]? = [.replicaSet()]
    /// Whether the counters in the status differ from the ReplicaSets.
    var seesOldWorld = false
    var diagnosis: Diagnosis?

    var testDescription: String { name }

    var stored: ObjectFixture {
        guard let replicaSets, !seesOldWorld else { return rollout }
        return rollout.believing(replicaSets)
    }
}

private func conditions(_ more: [[String: Any]]) -> [String: Any] {
    ["conditions": more + [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 3600)]]
}

private func mark(_ seconds: Int64, count: Int = 1) -> [String: Any] {
    ["metadata": ["annotations": ["rollout-heal/refreshed": "\(ObjectFixture.now - seconds).\(count)"]]]
}

private var canary: [String: Any] { ["strategy": ["blueGreen": NSNull(), "canary": [String: Any]()]] }
private let null = NSNull()

private let diagnosisCases: [DiagnosisCase] = [
    // Stale views as observed in clusters.
    .init(
        name: "counters stale-high after scale-in", rollout: .rollout(status: ["replicas": 7, "availableReplicas": 7]),
        seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "counters stale-low after scale-out",
        rollout: .rollout(spec: ["replicas": 24], status: ["replicas": 16, "availableReplicas": 16]),
        replicaSets: [.replicaSet(pods: 24)], seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "the same, Healthy still: before the deadline",
        rollout: .rollout(status: ["phase": "Healthy", "message": null, "updatedReplicas": 7]), seesOldWorld: true,
        diagnosis: .stale),
    .init(
        name: "the same, but scaled 14 s ago",
        rollout: .rollout(status: ["replicas": 7], metadata: ["managedFields": [ObjectFixture.written("f:spec", 14)]]),
        seesOldWorld: true, diagnosis: .unsettled),
    .init(
        name: "the same, scaled 15 s ago",
        rollout: .rollout(status: ["replicas": 7], metadata: ["managedFields": [ObjectFixture.written("f:spec", 15)]]),
        seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "the same, scaled just now by an autoscaler, through the subresource",
        rollout: .rollout(
            status: ["replicas": 7],
            metadata: ["managedFields": [ObjectFixture.written("f:spec", 3, subresource: "scale")]]),
        seesOldWorld: true, diagnosis: .unsettled),
    .init(
        name: "the same, a server that names no times",
        rollout: .rollout(status: ["replicas": 7], metadata: ["managedFields": null]), seesOldWorld: true,
        diagnosis: .unsettled),
    .init(
        name: "no counter is right, everything is all right and stuck: a status that was written later counts not",
        rollout: .rollout(
            status: ["replicas": 7],
            metadata: [
                "managedFields": [
                    ObjectFixture.written("f:spec", 60), ObjectFixture.written("f:status", 1, subresource: "status"),
                ]
            ]), seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "stuck: belief is reality", rollout: .rollout(), diagnosis: .stuck),
    .init(
        name: "stale and aborted: the status may be long over",
        rollout: .rollout(status: ["replicas": 7, "abort": true]), seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "refreshed 59 s ago: not yet in vain", rollout: .rollout(status: ["replicas": 7]),
        replicaSets: [.replicaSet().merging(mark(59))], seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "refreshed 60 s ago, in vain", rollout: .rollout(status: ["replicas": 7]),
        replicaSets: [.replicaSet().merging(mark(60))], seesOldWorld: true, diagnosis: .unreconciled),
    .init(
        name: "the mark is on the Rollout alone",
        rollout: .rollout(
            status: ["replicas": 7], metadata: ["labels": ["rollout-heal/refreshed": "\(ObjectFixture.now - 90).1"]]),
        seesOldWorld: true, diagnosis: .unreconciled),
    .init(
        name: "scaled after the refresh", rollout: .rollout(status: ["replicas": 7]),
        replicaSets: [
            .replicaSet().merging(mark(600)).merging([
                "metadata": ["managedFields": [ObjectFixture.written("f:spec", 60)]]
            ])
        ], seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "a mark that is none", rollout: .rollout(status: ["replicas": 7]),
        replicaSets: [.replicaSet().merging(["metadata": ["annotations": ["rollout-heal/refreshed": "now"]]])],
        seesOldWorld: true, diagnosis: .stale),
    .init(
        name: "being deleted", rollout: .rollout(metadata: ["deletionTimestamp": ObjectFixture.ago(5)]),
        diagnosis: .deleting),
    .init(
        name: "never scaled, too many", rollout: .rollout(spec: ["replicas": 3]), diagnosis: .unscaled),
    .init(
        name: "never scaled, too few", rollout: .rollout(spec: ["replicas": 9]), diagnosis: .unscaled),
    .init(
        name: "a ReplicaSet of another size, in an update: the update's",
        rollout: .rollout(spec: ["replicas": 9], status: ["stableRS": "older"]), diagnosis: .updating),
    .init(
        name: "traffic routing keeps more pods than are asked for",
        rollout: .rollout(
            spec: [
                "replicas": 1,
                "strategy": [
                    "blueGreen": null, "canary": ["trafficRouting": [String: Any](), "minPodsPerReplicaSet": 5],
                ],
            ]),
        diagnosis: .stuck),
    .init(name: "canary without old pods", rollout: .rollout(spec: canary), diagnosis: .stuck),
    .init(
        name: "canary whose old ReplicaSet is empty", rollout: .rollout(spec: canary),
        replicaSets: [.replicaSet(), .replicaSet(hash: "older", pods: 0)], diagnosis: .stuck),
    .init(
        name: "replicas absent means one", rollout: .rollout(spec: ["replicas": null]),
        replicaSets: [.replicaSet(pods: 1)], diagnosis: .stuck),
    .init(
        name: "selector and template absent, as with workloadRef",
        rollout: .rollout(spec: ["selector": null, "workloadRef": ["kind": "Deployment", "name": "web"]]),
        diagnosis: .stuck),
    .init(name: "stableRS empty", rollout: .rollout(status: ["stableRS": ""]), diagnosis: .stuck),
    .init(
        name: "observedGeneration is a hash", rollout: .rollout(status: ["observedGeneration": "6b7c9"]),
        diagnosis: .stuck),
    .init(
        name: "observedGeneration is ahead", rollout: .rollout(status: ["observedGeneration": "9"]), diagnosis: .stuck),
    .init(
        name: "restart carried out, equal to the second in another offset",
        rollout: .rollout(
            spec: ["restartAt": "2026-03-01T10:00:00Z"], status: ["restartedAt": "2026-03-01T11:00:00+01:00"]),
        diagnosis: .stuck),

    // Genuine timeouts, and those with other causes.
    .init(
        name: "first deploy with a broken image", rollout: .rollout(),
        replicaSets: [.replicaSet(pods: 5, available: 0)], diagnosis: .unavailable),
    .init(
        name: "one pod short", rollout: .rollout(), replicaSets: [.replicaSet(available: 4)], diagnosis: .unavailable),
    .init(
        name: "availability omitted because it is zero", rollout: .rollout(),
        replicaSets: [.replicaSet(status: ["availableReplicas": null])], diagnosis: .unavailable),
    .init(
        name: "canary with pods of an old ReplicaSet", rollout: .rollout(spec: canary),
        replicaSets: [.replicaSet(), .replicaSet(hash: "older", pods: 1)], diagnosis: .oldPods),
    .init(
        name: "old pods of another Rollout do not count", rollout: .rollout(spec: canary),
        replicaSets: [.replicaSet(), .replicaSet(hash: "older", pods: 1, owner: "uid-other")], diagnosis: .stuck),
    .init(
        name: "blue-green keeps its old pods for a while", rollout: .rollout(),
        replicaSets: [.replicaSet(), .replicaSet(hash: "older", pods: 5)], diagnosis: .stuck),
    .init(
        name: "ReplicaSet being scaled", rollout: .rollout(), replicaSets: [.replicaSet(generation: 4)],
        diagnosis: .unsettled),
    .init(
        name: "unsettled outranks unavailable", rollout: .rollout(),
        replicaSets: [.replicaSet(available: 1, generation: 4)], diagnosis: .unsettled),
    .init(
        name: "an update in flight", rollout: .rollout(status: ["currentPodHash": "newer"]), diagnosis: .updating),
    .init(
        name: "aborted by the deadline",
        rollout: .rollout(spec: canary, status: ["abort": true, "stableRS": "older"]), diagnosis: .aborted),
    .init(
        name: "aborted in the condition only",
        rollout: .rollout(
            status: ["conditions": [ObjectFixture.condition("Progressing", "False", "RolloutAborted", since: 60)]]),
        diagnosis: .aborted),
    .init(
        name: "InvalidSpec behind a time-out",
        rollout: .rollout(
            status: conditions([ObjectFixture.condition("InvalidSpec", "True", "InvalidSpec", since: 60)])),
        diagnosis: .invalidSpec),
    .init(
        name: "InvalidSpec outranks aborted",
        rollout: .rollout(
            status: conditions([ObjectFixture.condition("InvalidSpec", "True", "InvalidSpec", since: 60)])
                .merging(["abort": true]) { $1 }),
        diagnosis: .invalidSpec),
    .init(name: "paused by its spec", rollout: .rollout(spec: ["paused": true]), diagnosis: .paused),
    .init(
        name: "paused by a condition",
        rollout: .rollout(status: ["pauseConditions": [["reason": "CanaryPauseStep"]]]), diagnosis: .paused),
    .init(name: "a count below zero", rollout: .rollout(spec: ["replicas": -1]), diagnosis: .scaledToZero),
    .init(name: "scaled to zero", rollout: .rollout(spec: ["replicas": 0]), diagnosis: .scaledToZero),

    // Requested restarts.
    .init(
        name: "restart in the future", rollout: .rollout(spec: ["restartAt": ObjectFixture.ago(-60)]),
        diagnosis: .restartScheduled),
    .init(
        name: "restart asked for, never one carried out", rollout: .rollout(spec: ["restartAt": ObjectFixture.ago(60)]),
        diagnosis: .restartPending),
    .init(
        name: "restart asked for after the last one",
        rollout: .rollout(
            spec: ["restartAt": ObjectFixture.ago(60)], status: ["restartedAt": ObjectFixture.ago(86_400)]),
        diagnosis: .restartPending),
    .init(
        name: "restart at this very second is no future", rollout: .rollout(spec: ["restartAt": ObjectFixture.ago(0)]),
        diagnosis: .restartPending),
    .init(
        name: "restartAt that is no time", rollout: .rollout(spec: ["restartAt": "soon"]), diagnosis: .restartPending),
    .init(
        name: "pending outranks paused",
        rollout: .rollout(spec: ["restartAt": ObjectFixture.ago(60), "paused": true]), diagnosis: .restartPending),
    .init(
        name: "aborted outranks pending",
        rollout: .rollout(spec: ["restartAt": ObjectFixture.ago(60)], status: ["abort": true]), diagnosis: .aborted),
    .init(
        name: "restart not yet observed",
        rollout: .rollout(
            spec: ["restartAt": ObjectFixture.ago(1)],
            metadata: ["generation": 8, "managedFields": [ObjectFixture.written("f:spec", 1)]]),
        diagnosis: .restartPending),
    .init(
        name: "restart in the future, not yet observed",
        rollout: .rollout(
            spec: ["restartAt": ObjectFixture.ago(-60)],
            metadata: ["generation": 8, "managedFields": [ObjectFixture.written("f:spec", 1)]]),
        diagnosis: .restartScheduled),

    // No evidence.
    .init(name: "ReplicaSets may not be read", rollout: .rollout(), replicaSets: nil, diagnosis: .unproven),
    .init(name: "no ReplicaSet at all", rollout: .rollout(), replicaSets: [], diagnosis: .unproven),
    .init(
        name: "equal labels, but another owner", rollout: .rollout(),
        replicaSets: [.replicaSet(owner: "uid-other")], diagnosis: .unproven),
    .init(
        name: "owned, but of another template", rollout: .rollout(), replicaSets: [.replicaSet(hash: "older")],
        diagnosis: .unproven),
    .init(name: "no pod hash", rollout: .rollout(status: ["currentPodHash": null]), diagnosis: .unproven),
    .init(
        name: "two Rollouts with one hash, each with its own",
        rollout: .rollout(), replicaSets: [.replicaSet(of: "api", available: 0), .replicaSet()], diagnosis: .stuck),

    // No match of the base rule.
    .init(name: "healthy", rollout: .rollout(status: ["phase": "Healthy", "message": null]), diagnosis: nil),
    .init(name: "progressing with the same words", rollout: .rollout(status: ["phase": "Progressing"]), diagnosis: nil),
    .init(
        name: "degraded for another reason", rollout: .rollout(status: ["message": "RolloutAborted: x"]), diagnosis: nil
    ),
    .init(name: "degraded without message", rollout: .rollout(status: ["message": null]), diagnosis: nil),
    .init(
        name: "no phase, no conditions", rollout: .rollout(status: ["phase": null, "conditions": null]), diagnosis: nil),
    .init(
        name: "no status, for days", rollout: .rollout().merging(["status": null]), seesOldWorld: true,
        diagnosis: .unreconciled),
    .init(
        name: "no status yet",
        rollout: .rollout(metadata: ["creationTimestamp": ObjectFixture.ago(59)]).merging(["status": null]),
        seesOldWorld: true, diagnosis: nil),
    .init(
        name: "status null", rollout: ObjectFixture(["metadata": ["name": "web"], "status": null]), seesOldWorld: true,
        diagnosis: nil),
    .init(name: "generation not observed, for long", rollout: .rollout(metadata: ["generation": 8]), diagnosis: .stale),
    .init(
        name: "generation not observed, for a moment",
        rollout: .rollout(metadata: ["generation": 8, "managedFields": [ObjectFixture.written("f:spec", 3)]]),
        diagnosis: .unsettled),
    .init(
        name: "generation not observed, ReplicaSets may not be read", rollout: .rollout(metadata: ["generation": 8]),
        replicaSets: nil, diagnosis: .stale),
    .init(
        name: "generation not observed, restart carried out",
        rollout: .rollout(
            spec: ["restartAt": ObjectFixture.ago(600)], status: ["restartedAt": ObjectFixture.ago(600)],
            metadata: ["generation": 8]),
        diagnosis: .stale),
    .init(name: "controller pause", rollout: .rollout(status: ["controllerPause": true]), diagnosis: nil),
    .init(
        name: "no stored phase: from conditions", rollout: .rollout(status: ["phase": null, "message": null]),
        diagnosis: .stuck),
]

@Suite struct DiagnosisTests {
    @Test(arguments: diagnosisCases)
    func everyShapeHasItsWord(_ shape: DiagnosisCase) throws {
        let rollout = try shape.stored.decoded(as: Rollout.self)
        let evidence = try shape.replicaSets.map { Evidence.live(try $0.map { try $0.decoded() }) } ?? .forbidden
        let now = Timestamp(secondsSince1970: ObjectFixture.now)
        #expect(rollout.diagnosis(evidence, now: now) == shape.diagnosis)
        if let diagnosis = shape.diagnosis {
            #expect(!rollout.explanation(of: diagnosis, evidence, now: now).isEmpty)
        }
    }

    @Test func everyWordHasACase() {
        #expect(Set(diagnosisCases.compactMap(\.diagnosis)) == Set(Diagnosis.allCases))
    }

    /// Evidence is read whenever it can change the diagnosis.
    @Test(arguments: diagnosisCases)
    func evidenceIsNeededWhereItDecides(_ shape: DiagnosisCase) throws {
        let rollout = try shape.stored.decoded(as: Rollout.self)
        let now = Timestamp(secondsSince1970: ObjectFixture.now)
        let full = try Evidence.live((shape.replicaSets ?? []).map { try $0.decoded() })
        if rollout.diagnosis(.notGiven, now: now) != rollout.diagnosis(full, now: now) { #expect(rollout.needsLook) }
    }

    @Test(arguments: [
        (60 as Int64, 5, "was requested at"),
        (660, 3, "only 3 of 5 pods are available"),
        (660, 5, "PodDisruptionBudget"),
    ])
    func aRestartThatIsPendingForLongIsExplained(seconds: Int64, available: Int, part: String) throws {
        let rollout = try ObjectFixture.rollout(spec: ["restartAt": ObjectFixture.ago(seconds)]).decoded(
            as: Rollout.self)
        let evidence = Evidence.live([try ObjectFixture.replicaSet(available: available).decoded()])
        let text = rollout.explanation(
            of: .restartPending, evidence, now: Timestamp(secondsSince1970: ObjectFixture.now))
        #expect(text.contains(part))
    }
}
