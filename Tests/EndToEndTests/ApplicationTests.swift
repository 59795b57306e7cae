import Foundation
import TestSupport
import Testing

/// Argo CD's marks as stored and listed by a real API server.
@Suite(.onCluster, .inTurn)
struct ApplicationTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private static let own = ["labels": ["argocd.argoproj.io/instance": "store"]]
    private static let shared = ["labels": ["app.kubernetes.io/instance": "argo-apps_store"]]
    private static let others = ["labels": ["app.kubernetes.io/instance": "blog"]]

    /// Stores stuck Rollouts; one named `well` is Healthy.
    private func namespace(_ rollouts: [String: [String: [String: String]]]) async throws -> String {
        let namespace = try await cluster.makeNamespace("app")
        for (name, metadata) in rollouts {
            let status: [String: Any] = name == "well" ? ["phase": "Healthy", "message": NSNull()] : [:]
            try await cluster.store(
                .stored(name, in: namespace).merging(["metadata": metadata, "status": status]),
                replicaSets: [.replicaSet(of: name, namespace: namespace)])
        }
        return namespace
    }

    private func tracked(_ name: String, in namespace: String) -> [String: Any] {
        ["annotations": ["argocd.argoproj.io/tracking-id": "store:argoproj.io/Rollout:\(namespace)/\(name)"]]
    }

    private func mark(_ name: String, in namespace: String, as object: String) async throws {
        try await cluster.patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)",
            ["metadata": tracked(object, in: namespace)])
    }

    /// Runs the program under the script's name, which takes no flags, as administrator with the default settle time of
    /// a minute. The test plays the controller.
    private func script(_ namespace: String, _ application: String) async throws -> PluginProcess {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let link = folder.appendingPathComponent("restart-rollouts")
        try FileManager.default.createSymbolicLink(
            at: link, withDestinationURL: URL(fileURLWithPath: TestCluster.binary))
        return try await cluster.controlling(namespace, heals: true) {
            try await PluginProcess.run(
                link.path, ["default", namespace, application, "Degraded"],
                environment: ["KUBECONFIG": cluster.kubeconfig], seconds: 300)
        }
    }

    private func restarted(_ namespace: String, _ names: [String]) async throws -> Set<String> {
        var found: Set<String> = []
        for name in names {
            let spec = try await cluster.rollout(namespace, name)["spec"] as? [String: Any]
            if spec?["restartAt"] != nil { found.insert(name) }
        }
        return found
    }

    @Test func theFlagReadsEachMarkAndNoCopy() async throws {
        let names = ["own", "shared", "tracked", "copy", "others", "none"]
        let namespace = try await namespace([
            "own": Self.own, "shared": Self.shared, "others": Self.others, "tracked": [:], "copy": [:], "none": [:],
        ])
        for name in ["tracked", "copy"] { try await mark(name, in: namespace, as: "tracked") }
        let none = try await cluster.plugin("restart", "-n", namespace, "--argocd-app", "stor")
        #expect(none.status == 0 && none.output.isEmpty)
        #expect(none.errors.contains("belongs to Argo CD Application \"stor\"; nothing was changed"), "\(none.errors)")
        #expect(try await restarted(namespace, names) == [])
        let run = try await cluster.controlling(namespace) {
            try await cluster.plugin("restart", "-n", namespace, "--argocd-app", "store")
        }
        #expect(run.status == 0, "\(run.errors)")
        #expect(try await restarted(namespace, names) == ["own", "shared", "tracked"])
    }

    /// Only a healthy Rollout is marked.
    @Test func theScriptLeavesAMarkedNamespaceAlone() async throws {
        let namespace = try await namespace(["web": [:], "well": Self.others])
        let run = try await script(namespace, "store")
        #expect(run.status == 0 && run.output.isEmpty, "\(run.errors)")
        #expect(run.errors.contains("belongs to Argo CD Application \"store\"; nothing was changed"), "\(run.errors)")
        #expect(try await restarted(namespace, ["web", "well"]) == [])
    }

    @Test func theScriptTakesAllOfANamespaceWithoutMarks() async throws {
        let namespace = try await namespace(["api": [:], "web": [:], "well": [:]])
        try await mark("api", in: namespace, as: "another")
        let run = try await script(namespace, "store")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.errors.contains("no Rollout in namespace \(namespace) is tracked by any Argo CD Application"))
        #expect(try await restarted(namespace, ["api", "web", "well"]) == ["api", "web"])
    }

    @Test func theScriptTakesTheApplicationsAlone() async throws {
        let namespace = try await namespace(["own": Self.own, "others": Self.others, "none": [:]])
        let run = try await script(namespace, "store")
        #expect(run.status == 0 && !run.errors.contains("no Rollout"), "\(run.errors)")
        #expect(try await restarted(namespace, ["own", "others", "none"]) == ["own"])
    }
}
