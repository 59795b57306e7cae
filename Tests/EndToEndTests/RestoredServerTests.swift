import Foundation
import HTTPTransport
import TestSupport
import Testing

/// A cluster whose etcd is restored from a backup while `watch` runs: resourceVersions go back.
@Suite(.onCluster, .inTurn)
struct RestoredServerTests {
    private func store(_ cluster: TestCluster, _ namespace: String) async throws {
        _ = try await cluster.request(
            .post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": namespace]]).json)
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }

    private func namespaces(_ watch: RunningPlugin, _ type: String) -> [String] {
        watch.changes.filter { $0["type"] as? String == type }.compactMap { $0["namespace"] as? String }
    }

    /// The bound of docs/watch.md: a minute after the server can be reached again.
    @Test func theRestoredWorldIsSeen() async throws {
        try await TestCluster.own { cluster in
            let (data, backup) = (cluster.folder + "/etcd-data", cluster.folder + "/backup")
            try await store(cluster, "kept")
            try await TestCluster.script("stop", "--dir", cluster.folder)
            try FileManager.default.copyItem(atPath: data, toPath: backup)
            try await TestCluster.script("start", "--dir", cluster.folder)
            let watch = try cluster.start("watch", "-A", "-o", "json", "--log-format", "text")
            try await watch.wait("kept") { namespaces(watch, "FOUND") == ["kept"] }
            // More is written than a starting API server writes itself.
            for number in 0..<30 { try await store(cluster, "lost-\(number)") }
            try await watch.wait("lost") { namespaces(watch, "FOUND").count == 31 }
            _ = try await cluster.request(.delete, "/apis/argoproj.io/v1alpha1/namespaces/kept/rollouts/web")
            try await watch.wait("deleted") { namespaces(watch, "DELETED") == ["kept"] }

            try await TestCluster.script("stop", "--dir", cluster.folder)
            try FileManager.default.removeItem(atPath: data)
            try FileManager.default.moveItem(atPath: backup, toPath: data)
            try await TestCluster.script("start", "--dir", cluster.folder)
            try await watch.wait("the restored world", seconds: 60) {
                namespaces(watch, "FOUND").count { $0 == "kept" } == 2
                    && Set(namespaces(watch, "DELETED")).count == 31
            }
            #expect(watch.errors.contains("older than what it has already sent"), "\(watch.errors)")
            // The watch goes on from there.
            try await store(cluster, "after")
            try await watch.wait("after") { namespaces(watch, "FOUND").contains("after") }
        }
    }
}
