import Foundation
import HTTPTransport
import TestSupport
import Testing

@testable import Commands

@Suite struct DoctorProgramTests {
    /// A server with one controller, which allows everything but `denied`.
    static func stage(denied: String = "", image: String = "argo-rollouts:v1.7.1") -> Stage {
        Stage { request, _ in
            func json(_ fields: [String: Any]) -> Result<HTTPResponse, HTTPTransportError> {
                .success(FakeCluster.json(ObjectFixture(fields).json))
            }
            let path = URLComponents(string: request.url)?.path ?? ""
            if path == "/version" { return json(["gitVersion": "v1.29.3"]) }
            if path == "/apis/argoproj.io" { return json(["versions": [["version": "v1alpha1"]]]) }
            if path == "/apis/argoproj.io/v1alpha1" { return json(["resources": [["name": "rollouts"]]]) }
            if path.hasSuffix("subjectaccessreviews") {
                let body = String(decoding: request.body ?? [], as: UTF8.self)
                return json(["status": ["allowed": denied.isEmpty || !body.contains("\"verb\":\"\(denied)\"")]])
            }
            guard path == "/apis/apps/v1/deployments", request.url.contains("argo-rollouts") else {
                return .success(FakeCluster.json(ObjectFixture.list([])))
            }
            let controller = ObjectFixture([
                "metadata": [
                    "name": "argo\u{1B}[2Jx", "namespace": "ops", "labels": ["app.kubernetes.io/name": "argo-rollouts"],
                ],
                "spec": ["replicas": 1, "template": ["spec": ["containers": [["name": "c", "image": image]]]]],
                "status": ["availableReplicas": 1],
            ])
            return .success(FakeCluster.json(ObjectFixture.list([controller])))
        }
    }

    @Test func aLineForEachCheckAndWhatToDo() async {
        let run = await Self.stage().run("doctor -A")
        #expect(run.status == 0, "\(run)")
        #expect(run.out.hasPrefix("ok       api-server: Kubernetes v1.29.3\n"), "\(run.out)")
        #expect(run.out.contains("warning  controller ops/argo^[[2Jx: v1.7.1 has 4 known faults: "), "\(run.out)")
        #expect(run.out.contains("         -> upgrade argo-rollouts: v1.8.0 or later has only stale-rollout"))
        #expect(run.out.contains("https://github.com/argoproj/argo-rollouts/pull/4786"))
        #expect(run.out.hasSuffix(" ok, 1 warning\n"), "\(run.out)")
    }

    @Test(arguments: [
        ("doctor -A", "", 0), ("doctor -A", "patch", 3), ("doctor -A --for list", "patch", 0),
        ("doctor -n shop --for watch --for list", "patch", 0), ("doctor --for watch-heal", "patch", 3),
        ("doctor -A --for list --namespace-selector team=a", "list", 3),
        ("doctor -A --for heal --opt-in", "patch", 3), ("doctor --namespace-selector team=a", "", 2),
        ("doctor --for everything", "", 2), ("doctor -o name", "", 2), ("doctor web", "", 2),
    ])
    func exitStatus(line: String, denied: String, status: Int32) async {
        let run = await Self.stage(denied: denied).run(line)
        #expect(run.status == status, "\(run)")
    }

    @Test func aControllerThatIsGoneIsAProblemAndNoLackOfRights() async {
        let stage = Stage { request, _ in
            request.url.contains("/version")
                ? .failure(.connectionRefused(host: "h", port: 6443)) : nil
        }
        let run = await stage.run("doctor -A -o json")
        #expect(run.status == 1 && run.out.contains("\"status\": \"problem\""), "\(run)")
    }

    @Test func severalClusters() async throws {
        let run = await Self.stage().run("doctor -A --contexts ctx -o json")
        let list = try JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any]
        let items = try #require(list?["items"] as? [[String: Any]])
        #expect(items.allSatisfy { $0["cluster"] as? String == "ctx" } && items.count > 5)
        let controller = try #require(items.first { $0["check"] as? String == "controller" })
        #expect(controller["version"] as? String == "v1.7.1")
        #expect((controller["faults"] as? [[String: Any]])?.count == 4)
        let text = await Self.stage().run("doctor -A --contexts ctx")
        #expect(text.out.hasPrefix("CLUSTER ctx\nok"), "\(text.out)")
        let conflict = await Self.stage().run("doctor --contexts ctx --token x")
        #expect(conflict.status == 2)
    }
}
