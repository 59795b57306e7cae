import Foundation
import HTTPTransport
import TestSupport
import Testing

@Suite(.onCluster, .inTurn)
struct RestartTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    /// Creates a namespace with one Rollout per name, all stuck for an hour.
    private func stuck(_ names: String..., available: Int = 5) async throws -> String {
        let namespace = try await cluster.makeNamespace("restart")
        for name in names {
            try await cluster.store(
                .stored(name, in: namespace),
                replicaSets: [.replicaSet(of: name, namespace: namespace, available: available)])
        }
        return namespace
    }

    private func path(_ namespace: String, _ name: String) -> String {
        "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)"
    }

    @Test func onePatchForEachThatIsDue() async throws {
        let namespace = try await stuck("api", "web")
        let unwell = ObjectFixture.replicaSet(of: "ill", namespace: namespace, available: 2)
        try await cluster.store(.stored("ill", in: namespace), replicaSets: [unwell])
        let run = try await cluster.controlling(namespace) { try await cluster.plugin("restart", "-n", namespace) }
        #expect(run.status == 0, "\(run.errors)")
        #expect(
            Set(run.output.split(separator: "\n")) == [
                "rollout.argoproj.io/api restarted", "rollout.argoproj.io/web restarted",
                "rollout.argoproj.io/ill skipped (unavailable: only 2 of 5 pods are available; fix the pods)",
            ])
        #expect(try cluster.patches(in: namespace) == [200, 200])
        let web = try await cluster.rollout(namespace, "web")
        let metadata = web["metadata"] as? [String: Any]
        #expect(metadata?["annotations"] == nil)
        #expect(
            (metadata?["labels"] as? [String: String])?.filter { $0.key != "rollout-heal/restarted-at" }
                == ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"])
        let managers = (metadata?["managedFields"] as? [[String: Any]] ?? []).compactMap { $0["manager"] as? String }
        #expect(managers.contains("rollout-heal"))
    }

    @Test func aSecondRestartIsNoneAndCancelTakesTheFirstBack() async throws {
        let namespace = try await stuck("web")
        #expect(try await cluster.plugin("restart", "web", "-n", namespace).output.hasSuffix("web restarted\n"))
        let unobserved = try await cluster.plugin("restart", "web", "-n", namespace)
        #expect(unobserved.output.contains("skipped (restart-pending: "))
        try await cluster.patch(path(namespace, "web") + "/status", ["status": ["observedGeneration": "2"]])
        let observed = try await cluster.plugin("restart", "-n", namespace)
        #expect(observed.output.contains("skipped (restart-pending: "))
        #expect(observed.status == 0)
        #expect(try cluster.patches(in: namespace) == [200])
        let cancelled = try await cluster.plugin("restart", "--cancel", "web", "-n", namespace)
        #expect(cancelled.output == "rollout.argoproj.io/web restart cancelled\n")
        let spec = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
        #expect(spec?["restartAt"] == nil)
        let again = try await cluster.plugin("restart", "--cancel", "web", "-n", namespace)
        #expect(again.output.contains("skipped") && again.output.contains("no restart is pending"))
    }

    @Test func manyAtTheSameMomentPatchOnce() async throws {
        let namespace = try await stuck("web")
        try await withThrowingTaskGroup { group in
            for _ in 0..<6 {
                group.addTask { try await cluster.plugin("restart", "web", "-n", namespace).status }
            }
            // A pending restart holds later ones back.
            for try await status in group { #expect(status == 0 || status == 5) }
        }
        #expect(try cluster.patches(in: namespace).filter { $0 == 200 }.count == 1)
    }

    /// Another client heals the Rollout between our read and our write: the write is a conflict, and the new read finds
    /// nothing to do.
    @Test func aRestartNeverLandsOnWhatHasChanged() async throws {
        let namespace = try await stuck("web")
        let run = Task { try await cluster.plugin("restart", "web", "-n", namespace, "--cooldown", "15m") }
        for round in 0..<150 {
            try await cluster.patch(path(namespace, "web"), ["metadata": ["annotations": ["round": "\(round)"]]])
        }
        try await cluster.patch(
            path(namespace, "web") + "/status", ["status": ["phase": "Healthy", "message": NSNull()]])
        _ = try await run.value
        let patches = try cluster.patches(in: namespace)
        #expect(patches.allSatisfy { $0 == 200 || $0 == 409 })
        #expect(patches.filter { $0 == 200 }.count <= 1)
        let after = try await cluster.plugin("restart", "web", "-n", namespace)
        #expect(after.output.contains("skipped"))
    }

    /// By then the API server has the head of the request, and does not act on it.
    @Test func aPatchThatIsOvertakenIsNotApplied() async throws {
        let namespace = try await cluster.makeNamespace("overtaken")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        let path = "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/web"
        let before = try await cluster.rollout(namespace, "web")["metadata"] as? [String: Any]
        for _ in 1...3 {
            await #expect(throws: HTTPTransportError.overtaken) {
                try await cluster.request(
                    .patch, path, Array(#"{"spec":{"restartAt":"2026-03-01T12:00:00Z"}}"#.utf8),
                    type: "application/merge-patch+json", isStillWanted: { false })
            }
        }
        let after = try await cluster.rollout(namespace, "web")["metadata"] as? [String: Any]
        #expect(before?["resourceVersion"] as? String == after?["resourceVersion"] as? String)
        #expect(try cluster.patches(in: namespace).allSatisfy { $0 != 200 })
    }

    @Test func dryRunsChangeNothing() async throws {
        let namespace = try await stuck("web")
        let client = try await cluster.plugin("restart", "-n", namespace, "--dry-run=client")
        #expect(client.output == "rollout.argoproj.io/web restarted (dry run)\n")
        #expect(try cluster.patches(in: namespace).isEmpty)
        let server = try await cluster.plugin("restart", "-n", namespace, "--dry-run=server")
        #expect(server.output == "rollout.argoproj.io/web restarted (server dry run)\n")
        let name = try await cluster.plugin("restart", "-n", namespace, "--dry-run=client", "-o", "name")
        #expect(name.output == "rollout.argoproj.io/web\n")
        #expect(try cluster.patches(in: namespace) == [200])
        let spec = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
        #expect(spec?["restartAt"] == nil)
    }

    @Test func aRestartIsFollowedToHealthy() async throws {
        let namespace = try await stuck("web")
        let run = Task { try await cluster.plugin("restart", "web", "-n", namespace, "--wait", "--timeout=20s") }
        var asked: String?
        while asked == nil {
            asked = (try await cluster.rollout(namespace, "web")["spec"] as? [String: Any])?["restartAt"] as? String
        }
        try await cluster.patch(
            path(namespace, "web") + "/status",
            [
                "status": [
                    "observedGeneration": "2", "restartedAt": asked ?? "", "phase": "Healthy", "message": NSNull(),
                ]
            ])
        let result = try await run.value
        #expect(result.status == 0)
        #expect(result.output.contains("rollout.argoproj.io/web recovered (after "))
    }

    @Test func aRestartThatDoesNotHelpIsSaid() async throws {
        let namespace = try await stuck("web")
        let result = try await cluster.plugin("restart", "web", "-n", namespace, "--wait", "--timeout=2s")
        #expect(result.status == 4)
        #expect(result.output.contains("rollout.argoproj.io/web taken back (the restart made no progress"))
        #expect(try cluster.patches(in: namespace) == [200, 200])
    }

    @Test func oneFailureDoesNotStopTheOthers() async throws {
        let namespace = try await stuck("web")
        let run = try await cluster.plugin("restart", "gone", "web", "-n", namespace)
        #expect(run.status == 1)
        #expect(run.output == "rollout.argoproj.io/web restarted\n")
        #expect(
            run.errors == """
                Error from server (NotFound): rollouts.argoproj.io "gone" not found
                1 restarted, not followed, 1 not healed

                """)
    }

    @Test func whoMayNotPatchIsTold() async throws {
        let namespace = try await stuck("web")
        let run = try await cluster.plugin("restart", "-n", namespace, context: "viewer")
        #expect(run.status == 3)
        #expect(run.errors.hasPrefix("Error from server (Forbidden): rollouts.argoproj.io \"web\" is forbidden: "))
        let unproven = try await cluster.plugin(
            "restart", "-n", namespace, "--allow-unproven", context: "no-replicasets")
        #expect(unproven.status == 0)
        #expect(unproven.output == "rollout.argoproj.io/web restarted\n")
        #expect(unproven.errors.contains("replicasets in API group apps"))
    }

    @Test func theBoundsHold() async throws {
        let namespace = try await cluster.makeNamespace("bounds")
        let recently = ObjectFixture.rfc3339(secondsAgo: 120)
        let restarted: [String: Any] = ["restartAt": recently]
        let cooling = ObjectFixture.stored("cooling", in: namespace).merging([
            "spec": restarted, "status": ["restartedAt": recently],
        ])
        let ignored = ObjectFixture.stored("ignored", in: namespace)
            .merging(["metadata": ["annotations": ["rollout-heal/ignore": "true"]]])
        for rollout in [cooling, ignored] {
            try await cluster.store(
                rollout, replicaSets: [.replicaSet(of: rollout.name, namespace: namespace)])
        }
        let run = try await cluster.plugin("restart", "-n", namespace)
        #expect(run.output.contains("cooling skipped (stuck (cool-down): "))
        #expect(run.output.contains("ignored skipped (stuck (opt-out): "))
        #expect(try cluster.patches(in: namespace).isEmpty)
        // No controller observes the first of the two.
        let rule = try await cluster.plugin("restart", "-n", namespace, "--policy", "rule", "--timeout", "5s")
        #expect(rule.output.contains("cooling restarted, but the controller has not observed it"), "\(rule)")
        #expect(rule.output.contains("ignored skipped"))
    }
}

extension ObjectFixture {
    static func rfc3339(secondsAgo seconds: Int64) -> String {
        Date(timeIntervalSinceNow: -Double(seconds)).ISO8601Format()
    }

    /// A stuck Rollout with current dates and the generation of a new object.
    static func stored(_ name: String, in namespace: String) -> ObjectFixture {
        let hour = rfc3339(secondsAgo: 3600)
        let conditions = ["Progressing", "Healthy"].map { type in
            [
                "type": type, "status": "False", "reason": "ProgressDeadlineExceeded", "lastUpdateTime": hour,
                "lastTransitionTime": hour,
            ]
        }
        return .rollout(name, namespace: namespace, status: ["observedGeneration": "1", "conditions": conditions])
    }
}

extension TestCluster {
    /// Makes `namespace`, and stores a stuck Rollout `web` in it.
    ///
    /// - Parameter ignored: whether the Rollout opts out.
    func storeWeb(inNew namespace: String, ignored: Bool = false) async throws {
        _ = try await request(.post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": namespace]]).json)
        let labels: [String: String] = ignored ? ["rollout-heal/ignore": "true"] : [:]
        try await store(
            .stored("web", in: namespace).merging(["metadata": ["labels": labels]]),
            replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }
}
