import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite(.onCluster, .inTurn)
struct WatchTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private func store(_ name: String, in namespace: String, available: Int = 5) async throws {
        try await cluster.store(
            .stored(name, in: namespace),
            replicaSets: [.replicaSet(of: name, namespace: namespace, available: available)])
    }

    private func status(_ namespace: String, _ name: String, _ status: [String: Any]) async throws {
        try await cluster.patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)/status", ["status": status])
    }

    @Test func observingTellsEachChangeOnALineAndChangesNothing() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        let watch = try cluster.start("watch", "-n", namespace, context: "viewer")
        try await watch.wait("web found") { watch.output.contains("FOUND      \(namespace)/web  stuck") }
        try await store("late", in: namespace, available: 2)
        try await watch.wait("late found") { watch.output.contains("FOUND      \(namespace)/late  unavailable") }
        try await status(namespace, "web", ["phase": "Healthy", "message": NSNull()])
        try await watch.wait("web recovered") { watch.output.contains("RECOVERED  \(namespace)/web") }
        _ = try await cluster.request(
            .delete, "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/late")
        try await watch.wait("late deleted") { watch.output.contains("DELETED    \(namespace)/late") }
        watch.signal(SIGINT)
        #expect(try await watch.end(seconds: 15) == 130)
        #expect(watch.errors.isEmpty)
        #expect(try cluster.patches(in: namespace).isEmpty)
    }

    @Test func healingRestartsOnceFollowsAndSaysHowLongItTook() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        try await store("ill", in: namespace, available: 1)
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "1s", "-o", "json")
        try await watch.wait("restarted") { watch.names("RESTARTED") == ["web"] }
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        #expect(watch.names("SKIPPED") == ["ill"])
        watch.signal(SIGTERM)
        #expect(try await watch.end(seconds: 15) == 0)
        #expect(try cluster.patches(in: namespace) == [200])
        let first = try #require(watch.changes.first)
        #expect(Set(first.keys) == ["ts", "type", "namespace", "name", "diagnosis", "gate", "action", "message"])
        #expect(watch.errors.contains("type=RESTARTED"))
    }

    @Test func eventsTellTheStory() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        try await store("ill", in: namespace, available: 1)
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json")
        try await watch.wait("restarted") { watch.names("RESTARTED") == ["web"] }
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        var reasons: Set<String> = []
        for _ in 0..<100 where reasons.count < 3 {
            let answer = try await cluster.request(.get, "/api/v1/namespaces/\(namespace)/events")
            let list = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
            for event in list?["items"] as? [[String: Any]] ?? [] {
                let object = event["involvedObject"] as? [String: Any]
                #expect(object?["kind"] as? String == "Rollout")
                #expect(object?["uid"] as? String != nil)
                reasons.insert("\(event["reason"] ?? "") \(object?["name"] ?? "")")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(reasons == ["RolloutRestarted web", "RolloutRecovered web", "RolloutRestartSkipped ill"])
    }

    @Test func whoMayNotWriteEventsHealsAllTheSame() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        let watch = try cluster.start(
            "watch", "-n", namespace, "--heal", "--allow-unproven", "--settle", "0s", "-o", "json",
            context: "no-replicasets")
        try await watch.wait("restarted") { watch.names("RESTARTED") == ["web"] }
        try await watch.wait("one warning") { watch.errors.contains("cannot create resource") }
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
        #expect(watch.errors.components(separatedBy: "cannot create resource").count == 2)
        #expect(watch.changes.first?["diagnosis"] as? String == "unproven")
    }

    @Test func podsThatDieBetweenTheLooksPreventTheRestart() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "2s", "-o", "json")
        try await watch.wait("found") { watch.names("FOUND") == ["web"] }
        let sets = "/apis/apps/v1/namespaces/\(namespace)/replicasets"
        let list =
            try JSONSerialization.jsonObject(
                with: Data(try await cluster.request(.get, sets).body)) as? [String: Any]
        let set = (list?["items"] as? [[String: Any]])?.first?["metadata"] as? [String: Any]
        let counters = ["availableReplicas": 2, "readyReplicas": 2]
        try await cluster.patch("\(sets)/\(set?["name"] ?? "")/status", ["status": counters])
        // The controller has observed it too.
        try await status(namespace, "web", counters)
        try await watch.wait("seen") { watch.changes.last?["diagnosis"] as? String == "unavailable" }
        try await Task.sleep(for: .seconds(2))
        #expect(try cluster.patches(in: namespace).isEmpty)
    }

    /// The autoscaler keeps scaling, and the controller scales the ReplicaSet each time, as it does with a correct
    /// view.
    @Test func anAutoscalerDoesNotKeepItFromHealing() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        let sets = "/apis/apps/v1/namespaces/\(namespace)/replicasets"
        let list = try cluster.object(try await cluster.request(.get, sets).body)
        let set = (list["items"] as? [[String: Any]])?.first?["metadata"] as? [String: Any]
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "3s", "-o", "json")
        for round in 0..<60 where watch.names("RESTARTED").isEmpty {
            let replicas = ["spec": ["replicas": round.isMultiple(of: 2) ? 4 : 5]]
            try await cluster.patch("\(sets)/\(set?["name"] ?? "")", replicas)
            try await cluster.patch(
                "\(sets)/\(set?["name"] ?? "")/status", ["status": ["observedGeneration": round + 2]])
            try await cluster.patch("/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/web", replicas)
            let rollout = try await cluster.rollout(namespace, "web")
            let generation = (rollout["metadata"] as? [String: Any])?["generation"] as? Int ?? 0
            try await status(namespace, "web", ["observedGeneration": "\(generation)"])
            try await Task.sleep(for: .seconds(1))
        }
        #expect(watch.names("RESTARTED") == ["web"], "\(watch.output)")
    }

    @Test func killedAtAnyMomentAndStartedAgainItRestartsOnce() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        for delay in [0, 5, 10, 15, 20, 30, 40, 60, 80, 120] {
            let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json")
            try await watch.wait("begun") { watch.errors.contains("watching") || delay < 30 }
            try await Task.sleep(for: .milliseconds(delay))
            watch.signal(SIGKILL)
            _ = try await watch.end()
        }
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json")
        try await watch.wait("told") { !watch.changes.isEmpty || watch.errors.contains("watching") }
        try await Task.sleep(for: .seconds(1))
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        #expect(try cluster.patches(in: namespace).filter { $0 == 200 } == [200])
    }

    @Test func wrongUseIsRefusedAndWhatCannotBeWatchedEndsIt() async throws {
        for (arguments, words) in [
            (["--heal", "--policy", "rule"], "requires strict"), (["--settle", "soon"], "--settle"),
            (["--storm-threshold", "120%"], "--storm-threshold"), (["--max-per-minute", "0"], "--max-per-minute"),
            (["--exclude-namespace", "a"], "--all-namespaces"), (["--timeout", "0"], "--timeout"),
            (["--log-format", "xml"], "log-format"), (["-n", ""], "namespace"),
        ] {
            let run = try await PluginProcess.run(
                TestCluster.binary, ["watch"] + arguments, environment: ["KUBECONFIG": cluster.kubeconfig])
            #expect(run.status == 2, "\(arguments)")
            #expect(run.errors.contains(words), "\(run.errors)")
        }
        let denied = try await cluster.plugin("watch", context: "no-rollouts")
        #expect(denied.status == 3)
        #expect(denied.errors.hasPrefix("Error from server (Forbidden): "))
    }

    @Test func nobodyReadingEndsIt() async throws {
        let namespace = try await cluster.makeNamespace("watch")
        try await store("web", in: namespace)
        let run = try await PluginProcess.run(
            "bash", ["-c", "\"$0\" watch -n \(namespace) | head -n 1", TestCluster.binary],
            environment: ["KUBECONFIG": cluster.kubeconfig])
        #expect(run.output.contains("FOUND"))
        #expect(run.errors.isEmpty)
    }
}
