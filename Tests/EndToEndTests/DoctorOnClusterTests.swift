import Foundation
import HTTPTransport
import TestSupport
import Testing

/// `doctor` on a real API server, as several users.
@Suite(.onCluster, .inTurn)
struct DoctorOnClusterTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private func deploy(
        _ name: String, in namespace: String, image: String, args: [String] = [], labels: [String: String]
    ) async throws {
        let path = "/apis/apps/v1/namespaces/\(namespace)/deployments"
        let deployment: [String: Any] = [
            "metadata": ["name": name, "labels": labels],
            "spec": [
                "selector": ["matchLabels": ["app": name]],
                "template": [
                    "metadata": ["labels": ["app": name]],
                    "spec": [
                        "serviceAccountName": name, "containers": [["name": "main", "image": image, "args": args]],
                    ],
                ],
            ],
        ]
        let answer = try await cluster.request(.post, path, ObjectFixture(deployment).json)
        #expect(answer.status == 201, "\(String(decoding: answer.body, as: UTF8.self))")
        try await cluster.patch(
            "\(path)/\(name)/status", ["status": ["replicas": 1, "readyReplicas": 1, "availableReplicas": 1]])
    }

    /// The checks about a subject.
    private func checks(_ run: PluginProcess, _ check: String, _ subject: String? = nil) throws -> [[String: Any]] {
        let list = try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any]
        return (list?["items"] as? [[String: Any]] ?? []).filter {
            $0["check"] as? String == check && (subject == nil || $0["subject"] as? String == subject)
        }
    }

    private func statuses(_ run: PluginProcess, _ check: String) throws -> [String] {
        try checks(run, check).map { $0["status"] as? String ?? "" }
    }

    @Test func theControllerIsFoundWithTheFaultsOfItsVersion() async throws {
        let namespace = try await cluster.makeNamespace("doctor")
        let labels = ["app.kubernetes.io/name": "argo-rollouts", "app.kubernetes.io/component": "rollouts-controller"]
        try await deploy(
            "argo-rollouts", in: namespace, image: "registry.test/argoproj/argo-rollouts:v1.7.1",
            args: ["--namespaced"], labels: labels)
        let run = try await cluster.plugin("doctor", "-A", "-o", "json", context: "admin")
        let controller = try #require(try checks(run, "controller", "\(namespace)/argo-rollouts").first)
        #expect(controller["status"] as? String == "warning" && controller["version"] as? String == "v1.7.1")
        let faults = (controller["faults"] as? [[String: Any]] ?? []).compactMap { $0["name"] as? String }
        #expect(
            faults == ["stale-current-replicaset", "stale-old-replicaset", "stale-new-replicaset", "stale-rollout"])
        #expect(try statuses(run, "rights") == ["ok", "ok", "ok", "ok"])
        #expect(try statuses(run, "crd") == ["ok"] && statuses(run, "clock") == ["ok"])
        let server = try #require(try checks(run, "api-server").first)
        #expect((server["message"] as? String)?.hasPrefix("Kubernetes v1.") == true)
        let text = try await cluster.plugin("doctor", "-A", context: "admin")
        #expect(text.output.contains("warning  controller \(namespace)/argo-rollouts: v1.7.1 has 4 known faults"))
    }

    @Test func eachUserIsToldOfItsOwnRights() async throws {
        let healer = try await cluster.plugin("doctor", "-A", "--for", "heal", "-o", "json", context: "healer")
        #expect(try healer.status == 0 && statuses(healer, "rights") == ["ok"], "\(healer)")
        // It may not list Deployments, so nothing is claimed about the controller.
        #expect(try statuses(healer, "controller") == ["unknown"])
        let viewer = try await cluster.plugin("doctor", "-n", "shop", "-o", "json", context: "viewer")
        #expect(viewer.status == 3)
        #expect(try statuses(viewer, "rights") == ["warning", "ok", "problem", "problem"], "\(viewer)")
        let heal = try #require(try checks(viewer, "rights", "heal").first?["message"] as? String)
        #expect(heal.contains("missing in namespace shop: patch rollouts, patch replicasets/status"))
        let stranger = try await cluster.plugin("doctor", "-A", "--for", "list", "-o", "json", context: "no-rollouts")
        #expect(try stranger.status == 3 && statuses(stranger, "rights") == ["problem"], "\(stranger)")
        #expect(try statuses(stranger, "crd") == ["ok"])
    }

    @Test func ourOwnInstallation() async throws {
        let namespace = try await cluster.makeNamespace("doctor")
        try await deploy(
            "ours", in: namespace, image: "registry.test/kubectl-rollout-heal:v0.0.1",
            args: ["watch", "--heal", "--namespace=\(namespace)", "--leader-elect"],
            labels: ["app.kubernetes.io/name": "rollout-heal"])
        let place = "\(namespace)/ours"
        let run = try await cluster.plugin("doctor", "-n", namespace, "-o", "json", context: "admin")
        let runs = try #require(try checks(run, "installation", place).first?["message"] as? String)
        #expect(runs.hasPrefix("runs v0.0.1, older than this program, v"))
        let rights = try #require(try checks(run, "account", place).first)
        #expect(rights["status"] as? String == "problem")
        #expect((rights["message"] as? String)?.contains("missing in namespace \(namespace): get rollouts") == true)
        #expect(try checks(run, "lease", "\(namespace)/rollout-heal").first?["status"] as? String == "problem")
        #expect(run.status == 1)
        // Another account's missing rights are a problem, but none of our own.
        #expect(try statuses(run, "rights") == ["ok", "ok", "ok", "ok"])

        let now = Date().ISO8601Format()
        let lease: [String: Any] = [
            "metadata": ["name": "rollout-heal"],
            "spec": [
                "holderIdentity": "pod-1", "leaseDurationSeconds": 15,
                "renewTime": now.replacing("Z", with: ".000000Z"),
            ],
        ]
        let path = "/apis/coordination.k8s.io/v1/namespaces/\(namespace)/leases"
        let made = try await cluster.request(.post, path, ObjectFixture(lease).json)
        #expect(made.status == 201, "\(String(decoding: made.body, as: UTF8.self))")
        let held = try await cluster.plugin("doctor", "-n", namespace, "-o", "json", context: "admin")
        let check = try #require(try checks(held, "lease", "\(namespace)/rollout-heal").first)
        #expect(check["message"] as? String == "held by pod-1")
    }

    @Test func aServerThatIsGone() async throws {
        let run = try await PluginProcess.run(
            TestCluster.binary, ["doctor", "--server", "https://127.0.0.1:1"], environment: [:])
        #expect(run.status == 1 && run.output.hasPrefix("problem  api-server: "), "\(run)")
    }
}
