import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// Objects in states that users have reported: none is restarted, and each has the right diagnosis.
@Suite struct OddStateTests: GateTesting {
    private struct Shape {
        var name: String
        var rollout: ObjectFixture
        var sets: [ObjectFixture] = [.replicaSet().marked(60)]
        /// The diagnosis and the gate that holds a restart back.
        var word: String
    }

    private static var canary: [String: Any] {
        [
            "strategy": [
                "blueGreen": NSNull(),
                "canary": ["maxUnavailable": "50%", "steps": [["setWeight": 20], ["pause": [:]]]],
            ]
        ]
    }
    private static var blueGreen: [String: Any] {
        [
            "strategy": ["blueGreen": ["activeService": "web", "previewService": "web-preview"]]
        ]
    }

    /// Two replicas are requested, and traffic routing keeps five.
    private static var routed: [String: Any] {
        [
            "replicas": 2,
            "strategy": [
                "blueGreen": NSNull(), "canary": ["trafficRouting": [String: Any](), "minPodsPerReplicaSet": 5],
            ],
        ]
    }

    private static func marks(_ labels: [String: String]) -> [String: Any] { ["labels": labels] }

    private static let shapes: [Shape] = [
        Shape(
            name: "being deleted", rollout: .rollout(metadata: ["deletionTimestamp": ObjectFixture.ago(5)]),
            word: "deleting"),
        Shape(
            name: "blue-green whose old ReplicaSet is not available during scaleDownDelay", rollout: .rollout(),
            sets: [.replicaSet().marked(60), .replicaSet(hash: "older", pods: 5, available: 0)],
            word: "stuck (evictable)"),
        Shape(
            name: "the active Service still selects the old ReplicaSet",
            rollout: .rollout(spec: blueGreen, status: ["blueGreen": ["activeSelector": "older"]]),
            sets: [.replicaSet().marked(60), .replicaSet(hash: "older")], word: "updating"),
        Shape(
            name: "the preview Service still selects the old ReplicaSet",
            rollout: .rollout(
                spec: blueGreen, status: ["blueGreen": ["activeSelector": "7d9f5c", "previewSelector": "older"]]),
            word: "updating"),
        Shape(
            name: "minPodsPerReplicaSet above replicas, and fewer pods than that",
            rollout: .rollout(spec: routed), sets: [.replicaSet(pods: 2).marked(60)], word: "unscaled"),
        Shape(
            name: "minPodsPerReplicaSet above replicas, all of them there",
            rollout: .rollout(spec: routed), sets: [.replicaSet(pods: 5).marked(60)], word: "stuck"),
        Shape(
            name: "canary steps not finished, though every number is right",
            rollout: .rollout(spec: canary, status: ["currentStepIndex": 1]), word: "updating"),
        Shape(
            name: "a ReplicaSet that was never scaled", rollout: .rollout(spec: ["replicas": 9]),
            word: "unscaled"),
        Shape(
            name: "a negative count",
            rollout: .rollout(
                metadata: marks(["rollout-heal/restarts": "-1", "rollout-heal/pod-hash": "7d9f5c"])),
            word: "stuck (attempts)"),
        Shape(
            name: "a count that no number holds",
            rollout: .rollout(
                metadata: marks([
                    "rollout-heal/restarts": "99999999999999999999", "rollout-heal/pod-hash": "7d9f5c",
                ])), word: "stuck (attempts)"),
        Shape(
            name: "a moment in a thousand years",
            rollout: .rollout(
                metadata: marks([
                    "rollout-heal/restarts": "0", "rollout-heal/pod-hash": "7d9f5c",
                    "rollout-heal/restarted-at": "33000000000",
                ])), word: "stuck (attempts)"),
        Shape(
            name: "a negative moment",
            rollout: .rollout(
                metadata: marks([
                    "rollout-heal/restarts": "0", "rollout-heal/pod-hash": "7d9f5c", "rollout-heal/restarted-at": "-5",
                ])), word: "stuck (attempts)"),
    ]

    @Test func eachIsCalledWhatItIs() throws {
        for shape in Self.shapes {
            let rollout = shape.rollout.believing(shape.sets)
            let word = try verdict(rollout, evidence: shape.sets)?.word
            #expect(word == shape.word, "\(shape.name)")
        }
    }

    /// Only the normal one is due for a restart.
    @Test func onlyWhatIsStuckWithoutAGateIsRestarted() throws {
        for shape in Self.shapes {
            let restarts = try verdict(shape.rollout.believing(shape.sets), evidence: shape.sets)?.restarts
            #expect(restarts == (shape.word == "stuck"), "\(shape.name)")
        }
    }
}
