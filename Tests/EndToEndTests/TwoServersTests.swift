import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Two API servers on one etcd behind one address, of which the second is behind: what it watches in etcd does not
/// arrive, so that its cache stays as it is. What it is asked for from etcd it answers rightly.
@Suite(.onCluster, .inTurn)
struct TwoServersTests {
    /// The phases by namespace, as the server has them in its cache.
    private func cached(_ server: TestCluster) async throws -> [String: String] {
        let answer = try await server.request(.get, "/apis/argoproj.io/v1alpha1/rollouts?resourceVersion=0")
        let items = try server.object(answer.body)["items"] as? [[String: Any]] ?? []
        return items.reduce(into: [:]) { phases, rollout in
            let namespace = (rollout["metadata"] as? [String: Any])?["namespace"] as? String ?? ""
            phases[namespace] = (rollout["status"] as? [String: Any])?["phase"] as? String ?? ""
        }
    }

    private func start(_ cluster: TestCluster, _ relay: Relay) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary,
            [
                "watch", "-A", "--heal", "--settle", "0s", "--stale-after", "0s", "--max-per-minute", "1000",
                "--storm-threshold", "100%", "-v", "6", "-o", "json", "--log-format", "text", "--context", "healer",
                "--server", "https://127.0.0.1:\(relay.port)",
            ], environment: ["KUBECONFIG": cluster.kubeconfig])
    }

    /// Runs `body` when the second server has stopped at the state in which two Rollouts are `stuck`; in truth one has
    /// recovered, one is gone, and there is a new one that is left alone.
    private func withServers(
        _ body: (_ fresh: TestCluster, _ behind: TestCluster, _ etcd: Relay) async throws -> Void
    ) async throws {
        try await TestCluster.own { cluster in
            try await cluster.withSecondServer { second, etcd in
                for namespace in ["mended", "gone"] { try await cluster.storeWeb(inNew: namespace) }
                let before = ["mended": "Degraded", "gone": "Degraded"]
                try await second.wait("both are known") { try await cached(second) == before }
                etcd.mode = .lagging
                let group = "/apis/argoproj.io/v1alpha1/namespaces"
                try await cluster.patch(
                    "\(group)/mended/rollouts/web/status", ["status": ["phase": "Healthy", "message": NSNull()]])
                _ = try await cluster.request(.delete, "\(group)/gone/rollouts/web")
                try await cluster.storeWeb(inNew: "new", ignored: true)
                let after = ["mended": "Healthy", "new": "Degraded"]
                try await cluster.wait("the first server is up to date") { try await cached(cluster) == after }
                #expect(try await cached(second) == before)
                try await body(cluster, second, etcd)
                try await second.wait("it has caught up") { try await cached(second)["mended"] == "Healthy" }
                for namespace in ["mended", "gone", "new"] {
                    let patches = try cluster.patches(in: namespace) + second.patches(in: namespace)
                    #expect(!patches.contains(200), "\(namespace): \(patches)")
                }
            }
        }
    }

    @Test func aWatchThatIsMovedToTheOneBehindDoesNotGoBack() async throws {
        try await withServers { fresh, behind, etcd in
            let front = try Relay(to: fresh.port)
            let watch = try start(fresh, front)
            try await watch.wait("begun") { watch.namespaces("FOUND") == ["new"] }

            front.target = .port(behind.port)
            // After a few watches that break at once everything is listed anew.
            func watches() -> Int { watch.errors.components(separatedBy: "watch=true").count }
            func isNoticed() -> Bool { watch.errors.contains("older than what it has already sent") }
            var before = 0
            for _ in 0..<20 where !isNoticed() {
                try await watch.wait("a watch, or the list") { watches() > before || isNoticed() }
                before = watches()
                front.cut()
            }
            #expect(isNoticed(), "\(watch.errors)")
            try await fresh.storeWeb(inNew: "later", ignored: true)
            #expect(try await cached(behind)["later"] == nil)
            #expect(watch.namespaces("FOUND") == ["new"])

            etcd.mode = .passing
            try await watch.wait("later") { watch.namespaces("FOUND").contains("later") }
            #expect(watch.namespaces("FOUND") == ["new", "later"])
            #expect(watch.namespaces("DELETED").isEmpty && watch.namespaces("RECOVERED").isEmpty)
            for namespace in ["mended", "gone"] {
                #expect(try fresh.patches(in: namespace) + behind.patches(in: namespace) == [])
            }
        }
    }

    /// It cannot know better: each restart carries the version that was judged, and is refused.
    @Test func aWatchThatBeginsWithTheOneBehindWritesNothing() async throws {
        try await withServers { fresh, behind, etcd in
            let front = try Relay(to: behind.port)
            let watch = try start(fresh, front)
            try await watch.wait("the old state") { Set(watch.namespaces("FOUND")) == ["mended", "gone"] }
            try await watch.wait("both restarts are refused") {
                Set(watch.namespaces("ERROR")).isSuperset(of: ["mended", "gone"])
            }
            #expect(watch.namespaces("RESTARTED").isEmpty)
            etcd.mode = .passing
            try await watch.wait("the new state") { watch.namespaces("FOUND").contains("new") }
        }
    }
}
