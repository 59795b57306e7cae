import Foundation
import HTTPTransport
import TestSupport
import Testing

/// The CustomResourceDefinition of a cluster of its own: with another version beside ours, removed, and created anew.
@Suite(.onCluster, .inTurn)
struct DefinitionTests {
    private static let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"

    private func store(_ cluster: TestCluster, _ namespace: String) async throws {
        _ = try await cluster.request(
            .post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": namespace]]).json)
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }

    /// Serves v1beta1 beside v1alpha1.
    private func addVersion(_ cluster: TestCluster) async throws {
        let path = Self.path + "/rollouts.argoproj.io"
        var definition = try cluster.object(try await cluster.request(.get, path).body)
        var spec = definition["spec"] as? [String: Any] ?? [:]
        var versions = spec["versions"] as? [[String: Any]] ?? []
        var other = try #require(versions.first)
        other["name"] = "v1beta1"
        other["storage"] = false
        versions.append(other)
        spec["versions"] = versions
        definition["spec"] = spec
        let answer = try await cluster.request(.put, path, ObjectFixture(definition).json)
        #expect(answer.status == 200, "\(String(decoding: answer.body, as: UTF8.self))")
        try await cluster.wait("v1beta1 is served") {
            try await cluster.request(.get, "/apis/argoproj.io/v1beta1/rollouts").status == 200
        }
    }

    private func readiness(_ port: Int) async throws -> String {
        let address = "http://127.0.0.1:\(port)/readyz"
        return try await PluginProcess.run("curl", ["-s", "--noproxy", "*", "-w", "%{http_code}", address]).output
    }

    @Test func aDefinitionThatIsRemovedAndComesBackIsOutlived() async throws {
        try await TestCluster.own { cluster in
            try await addVersion(cluster)
            try await store(cluster, "before")
            let list = try await cluster.plugin("list", "-A")
            #expect(list.status == 0 && list.output.contains("stuck"), "\(list.output) \(list.errors)")

            let port = 20000 + Int.random(in: 0..<12000)
            let watch = try cluster.start(
                "watch", "-A", "-o", "json", "--log-format", "text", "--metrics-address", "127.0.0.1:\(port)")
            func namespaces(_ type: String) -> [String] {
                watch.changes.filter { $0["type"] as? String == type }.compactMap { $0["namespace"] as? String }
            }
            try await watch.wait("before") { namespaces("FOUND") == ["before"] }
            try await cluster.wait("ready") { try await readiness(port) == "ok\n200" }

            let definition = try cluster.object(
                try await cluster.request(.get, Self.path + "/rollouts.argoproj.io").body)
            try await cluster.removeDefinition()
            try await watch.wait("gone") { namespaces("DELETED") == ["before"] }
            try await watch.wait("said") {
                watch.errors.contains("the server doesn't have a resource type \\\"rollouts\\\"")
                    || watch.errors.contains("the server doesn't have a resource type \"rollouts\"")
            }
            try await cluster.wait("not ready") { try await readiness(port).hasSuffix("not installed\n503") }
            for arguments in [["list", "-A"], ["explain", "web"], ["heal", "web"], ["restart", "web"]] {
                let run = try await PluginProcess.run(
                    TestCluster.binary, arguments + ["--context", "healer"],
                    environment: ["KUBECONFIG": cluster.kubeconfig])
                #expect(run.status == 1, "\(arguments)")
                #expect(
                    run.errors.contains(
                        "error: the server doesn't have a resource type \"rollouts\"\nhint: Argo Rollouts is not installed"
                    ), "\(arguments): \(run.errors)")
            }

            let created = ObjectFixture([
                "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
                "metadata": ["name": "rollouts.argoproj.io"], "spec": definition["spec"] ?? [:],
            ])
            _ = try await cluster.request(.post, Self.path, created.json)
            try await cluster.wait("served again") {
                try await cluster.request(.get, "/apis/argoproj.io/v1alpha1/rollouts").status == 200
            }
            try await store(cluster, "after")
            try await watch.wait("after") { namespaces("FOUND").contains("after") }
            try await cluster.wait("ready again") { try await readiness(port) == "ok\n200" }
        }
    }
}
