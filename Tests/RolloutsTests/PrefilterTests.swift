import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// Only what cannot match is left undecoded.
@Suite struct PrefilterTests {
    @Test func labelsAndAnnotationsThatMeanNothingAreNotKept() throws {
        let fixture = ObjectFixture.rollout(metadata: [
            "labels": ["rollout-heal/restarts": "2", "app": "web"],
            "annotations": ["rollout-heal/ignore": "true", "kubectl.kubernetes.io/last-applied-configuration": "{}"],
        ])
        let metadata = try JSONDecoder().decode(Rollout.self, from: Data(fixture.json)).metadata
        #expect(metadata.labels == ["rollout-heal/restarts": "2"])
        #expect(metadata.annotations == ["rollout-heal/ignore": "true"])
    }
}

/// Plainly healthy Rollouts are not shown, and their ReplicaSets are not read.
@Suite struct PlainlyWellTests {
    private func well(_ changes: [String: Any] = [:], metadata: [String: Any] = [:], spec: [String: Any] = [:])
        -> ObjectFixture
    {
        .rollout(
            spec: spec, status: ["phase": "Healthy", "message": NSNull()].merging(changes) { $1 }, metadata: metadata)
    }

    @Test func aHealthyOneIs() {
        #expect(Rollout.isPlainlyWell(well().json))
        #expect(Rollout.isPlainlyWell(well(spec: ["replicas": NSNull()]).json))
        #expect(Rollout.isPlainlyWell(well(metadata: ["annotations": ["a": "{\"replicas\":9,\"phase\":\"x\"}"]]).json))
    }

    @Test func whateverMayNeedALookIsNot() throws {
        let others: [ObjectFixture] = [
            .rollout(), .rollout(status: ["phase": "Progressing"]), well(["phase": "Paused"]),
            well(["phase": NSNull()]),
            well(["updatedReplicas": 7]), well(["updatedReplicas": NSNull()]),
            well(["updatedReplicas": 5], spec: ["replicas": 9]),
            well(["observedGeneration": "6"]), well(["observedGeneration": "abc"]), well(metadata: ["generation": 8]),
            well(["updatedReplicas": 7, "replicas": 7], spec: ["replicas": NSNull()]),
            .rollout(metadata: ["labels": ["phase": "Healthy"]]), ObjectFixture(["metadata": ["name": "x"]]),
            well(["updatedReplicas": 7, "replicas": NSNull()], spec: ["replicas": NSNull()]),
        ]
        for fixture in others { #expect(!Rollout.isPlainlyWell(fixture.json), "\(fixture.fields)") }
    }

    /// Compares with the decoded object, for every shape in other tests.
    @Test func itNeverHidesWhatNeedsAttention() throws {
        for captured in Captured.all {
            guard let rollout = captured.rollout, rollout.mayNeedAttention else { continue }
            let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../Fixtures/captured.json")
            let all = try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [[String: Any]] ?? []
            let objects = all.first { $0["name"] as? String == captured.name }?["objects"] as? [[String: Any]] ?? []
            let json = try #require(objects.first { $0["kind"] as? String == "Rollout" })
            #expect(!Rollout.isPlainlyWell(ObjectFixture(json).json), "\(captured.name)")
        }
    }
}
