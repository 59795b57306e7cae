import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Namespaces that are selected by their labels, or opt in, while `watch` runs.
@Suite(.onCluster, .inTurn)
struct NamespaceTests {
    private let cluster: TestCluster
    private let team = "team-\(UInt32.random(in: 0...UInt32.max))"

    init() throws {
        cluster = try TestCluster()
    }

    private func namespace(_ labels: [String: String] = [:]) async throws -> String {
        let name = try await cluster.makeNamespace("owned")
        try await label(name, labels)
        return name
    }

    private func label(_ namespace: String, _ labels: [String: Any]) async throws {
        try await cluster.patch("/api/v1/namespaces/\(namespace)", ["metadata": ["labels": labels]])
    }

    private func store(_ name: String, in namespace: String) async throws {
        try await cluster.store(
            .stored(name, in: namespace), replicaSets: [.replicaSet(of: name, namespace: namespace)])
    }

    private func restartAt(_ namespace: String, _ name: String) async throws -> String? {
        try await (cluster.rollout(namespace, name)["spec"] as? [String: Any])?["restartAt"] as? String
    }

    @Test func theSelectionFollowsLabels() async throws {
        let first = try await namespace([team: "yes"])
        let second = try await namespace()
        try await store("web", in: first)
        try await store("api", in: second)
        let watch = try cluster.start(
            "watch", "-A", "--namespace-selector", "\(team)=yes", "-o", "json", context: "admin")
        try await watch.wait("web found") { watch.names("FOUND") == ["web"] }
        try await label(second, [team: "yes"])
        try await watch.wait("api found") { watch.names("FOUND") == ["web", "api"] }
        try await label(first, [team: "no"])
        try await watch.wait("web left") { watch.names("DELETED") == ["web"] }
        let left = try #require(watch.changes.last { $0["type"] as? String == "DELETED" })
        #expect(left["message"] as? String == "its namespace is no longer selected")
        // What changes outside the selection is not seen; what is in it still is.
        try await store("late", in: first)
        try await store("new", in: second)
        try await watch.wait("new found") { watch.names("FOUND").contains("new") }
        #expect(watch.names("FOUND") == ["web", "api", "new"])
        let listed = try await cluster.plugin(
            "list", "-A", "--namespace-selector", "\(team)=yes", "-o", "name", context: "admin")
        #expect(Set(listed.output.split(separator: "\n")) == ["rollout.argoproj.io/api", "rollout.argoproj.io/new"])
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 143)
    }

    @Test func whoOptsInIsHealedAndNobodyElse() async throws {
        let agreed = try await namespace([team: "yes"])
        let other = try await namespace([team: "yes"])
        try await store("web", in: agreed)
        try await store("api", in: other)
        let watch = try cluster.start(
            "watch", "-A", "--namespace-selector", "\(team)=yes", "--opt-in", "--heal", "--settle", "0s", "-o", "json",
            context: "admin")
        try await watch.wait("both held") { Set(watch.names("SKIPPED")) == ["web", "api"] }
        #expect(watch.changes.allSatisfy { $0["gate"] as? String == "opt-out" })
        #expect(try await restartAt(agreed, "web") == nil)
        try await cluster.patch(
            "/api/v1/namespaces/\(agreed)", ["metadata": ["annotations": ["rollout-heal/heal": "true"]]])
        try await watch.wait("web restarted") { watch.names("RESTARTED") == ["web"] }
        // The Rollout itself may opt in, too.
        try await cluster.patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(other)/rollouts/api",
            ["metadata": ["labels": ["rollout-heal/heal": "true"]]])
        try await watch.wait("api restarted") { watch.names("RESTARTED") == ["web", "api"] }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
    }

    @Test func withoutTheRightItIsSaid() async throws {
        let namespace = try await namespace([team: "yes"])
        try await store("web", in: namespace)
        for command in ["watch", "list"] {
            let run = try await cluster.plugin(command, "-A", "--namespace-selector", "\(team)=yes", context: "viewer")
            #expect(run.status == 3 && run.errors.contains("cannot list resource \"namespaces\""), "\(run)")
        }
        let watch = try cluster.start("watch", "-n", namespace, "--opt-in", "-o", "json", context: "viewer")
        try await watch.wait("found") { watch.names("FOUND") == ["web"] }
        let error = try #require(watch.changes.first { $0["type"] as? String == "ERROR" })
        #expect(error["gate"] as? String == "opt-out")
        #expect((error["message"] as? String)?.contains("only Rollouts that opt in themselves are healed") == true)
        let found = try #require(watch.changes.first { $0["type"] as? String == "FOUND" })
        #expect((found["message"] as? String)?.contains("its namespace cannot be read") == true)
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 143)
    }
}
