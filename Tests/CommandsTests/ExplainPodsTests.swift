import HTTPTransport
import TestSupport
import Testing

@testable import Commands

/// `explain` says why pods are not available, and succeeds without that if pods cannot be read.
@Suite struct ExplainPodsTests {
    private let replicaSet = ObjectFixture.replicaSet(available: 3)
    private var ill: ObjectFixture { ObjectFixture.rollout().believing([replicaSet]) }

    private func pod(_ name: String, image: String) -> ObjectFixture {
        ObjectFixture([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": name, "namespace": "shop", "labels": ["rollouts-pod-template-hash": "7d9f5c"],
                "ownerReferences": [["kind": "ReplicaSet", "name": "web-7d9f5c", "uid": "uid-web-7d9f5c"]],
            ],
            "status": [
                "containerStatuses": [
                    ["name": "app", "image": image, "state": ["waiting": ["reason": "ImagePullBackOff"]]]
                ]
            ],
        ])
    }

    private func lines(_ stage: Stage) async -> [String] {
        let run = await stage.run("explain web")
        #expect(run.status == 0, "\(run)")
        let lines = run.out.split(separator: "\n").map(String.init)
        return Array(lines.drop { !$0.hasPrefix("Pods:") }.prefix { !$0.hasPrefix("Diagnosis") })
    }

    @Test func eachPodHasItsReason() async {
        let stage = Stage([ill], replicaSets: [replicaSet])
        for index in 1...6 { stage.cluster.put(pod("web-\(index)", image: "shop/web:\u{1B}[2J2"), as: "pods") }
        let shown = await lines(stage)
        #expect(shown.count == 6 && shown[5] == "              and 1 more")
        #expect(shown[0].hasPrefix("Pods:         web-1: ImagePullBackOff (container app: image shop/web:"))
        #expect(!shown[0].contains("\u{1B}"))
    }

    @Test func noPodIsNoReadyOne() async {
        #expect(await lines(Stage([ill], replicaSets: [replicaSet])) == ["Pods:         there are none"])
    }

    @Test func withoutTheRightThePageStands() async {
        let stage = Stage([ill], replicaSets: [replicaSet]) { request, _ in
            request.url.contains("/pods") ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        #expect(
            await lines(stage) == [
                "Pods:         reading them is forbidden: the right to list pods would show why they are not available"
            ])
    }

    @Test func aServerThatFailsIsNoFailureOfThePage() async {
        let stage = Stage([ill], replicaSets: [replicaSet]) { request, _ in
            request.url.contains("/pods") ? .success(FakeCluster.failure(500, "InternalError", "etcd is gone")) : nil
        }
        #expect(await lines(stage).first?.contains("etcd is gone") == true)
    }

    @Test func whereAllAreAvailableNobodyAsks() async {
        let stage = Stage([.rollout()])
        #expect(await lines(stage).isEmpty && stage.cluster.requests.allSatisfy { !$0.url.contains("/pods") })
    }
}
