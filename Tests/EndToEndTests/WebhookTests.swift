import Foundation
import TestSupport
import Testing

/// Writes that an admission webhook denies, or that fail because it is down, on a real API server: the webhook is
/// named, other writes are made, and nothing is restarted instead.
@Suite(.onCluster, .besideAStandIn, .inTurn)
struct WebhookTests {
    private static let denied =
        "admission webhook \"\(RefusingWebhook.name)\" denied the request: \(RefusingWebhook.words)"
    private static let unreachable = "failed calling webhook \"\(RefusingWebhook.name)\""

    /// The image is corrected, but the controller missed the change: only a write to the Rollout helps.
    private func deafStage() async throws -> StaleViewStage {
        let stage = try await StaleViewStage("webhook")
        try await stage.deploy(5, image: "registry.test/web:broken", deadline: 1)
        try await stage.isTimedOut()
        try await stage.standIn.tell("freeze", "rollout", stage.key)
        try await stage.setImage("registry.test/web:mended")
        try await stage.isLost(stage.key)
        try await stage.isListed("stale")
        return stage
    }

    /// Timed out, with all pods present and counted, and ignored by the stand-in.
    private func stuckStage() async throws -> StaleViewStage {
        let stage = try await StaleViewStage("webhook")
        try await stage.cluster.store(
            .stored("web", in: stage.namespace).merging([
                "metadata": ["labels": ["rollout-heal.test/instance": "nobody"]]
            ]),
            replicaSets: [.replicaSet(of: "web", namespace: stage.namespace)], isMarked: false)
        return stage
    }

    private func expectNoRestart(_ stage: StaleViewStage) async throws {
        #expect(try stage.patches().allSatisfy { $0.restartAt == nil })
        #expect(try await stage.rollout().spec.restartAt == nil)
        try stage.expectOnlyRefreshes()
    }

    /// In an unobserved update the ReplicaSets are written, but only the denied label would help.
    @Test(arguments: ["heal", "refresh"])
    func theLabelThatWouldHaveHelpedIsRefused(_ command: String) async throws {
        let stage = try await deafStage()
        try await RefusingWebhook.with(.refuses(code: 403), "rollouts", of: stage) { webhook in
            let run = try await stage.plugin(command, "web")
            #expect(run.status == 4, "\(run.output) \(run.errors)")
            #expect(run.output.contains("web not healed by the refresh ("), "\(run.output)")
            #expect(run.errors.contains("web: not every object could be refreshed (rollouts): "), "\(run.errors)")
            #expect(run.errors.contains(Self.denied), "\(run.errors)")
            #expect(webhook.refused.contains("rollouts \(stage.key)"))
        }
        try await expectNoRestart(stage)
        let patches = try stage.patches()
        #expect(patches.filter { $0.resource == "replicasets/status" }.map(\.status) == [200])
        #expect(Set(patches.filter { $0.resource == "rollouts" }.map(\.status)) == [403])
    }

    @Test(arguments: ["heal", "refresh"])
    func aStaleReplicaSetIsHealedThoughTheRolloutMayNotBeLabelled(_ command: String) async throws {
        let stage = try await StaleViewStage("webhook")
        try await stage.loseAScaling()
        try await stage.isListed("stale")
        try await RefusingWebhook.with(.refuses(code: 403), "rollouts", of: stage) { _ in
            let run = try await stage.plugin(command, "web", "--no-events")
            #expect(run.status == 0, "\(run.output) \(run.errors)")
            #expect(run.output.contains(try Regex(StaleViewTests.healed)), "\(run.output)")
            #expect(run.errors.isEmpty, "\(run.errors)")
        }
        #expect(try await stage.rollout().isWell)
        #expect(try stage.patches().map(\.resource) == ["replicasets/status"])
        try await expectNoRestart(stage)
    }

    /// The webhook sets the code 403 or, like many, none. The label is written and does not help.
    @Test(arguments: [403, nil])
    func whatIsStuckIsNotRestartedWhereItsReplicaSetIsRefused(_ code: Int?) async throws {
        let stage = try await stuckStage()
        try await RefusingWebhook.with(.refuses(code: code), "replicasets/status", of: stage) { webhook in
            let heal = try stage.start("heal", "web")
            #expect(try await heal.end(seconds: 90) == 3, "\(heal.output) \(heal.errors)")
            #expect(heal.errors.contains(Self.denied), "\(heal.errors)")
            #expect(!heal.output.contains("restarted"), "\(heal.output)")
            #expect(webhook.refused.contains { $0.hasPrefix("replicasets/status \(stage.namespace)/web-") })
        }
        try await expectNoRestart(stage)
        let patches = try stage.patches()
        #expect(Set(patches.filter { $0.resource == "replicasets/status" }.map(\.status)) == [code ?? 400])
        #expect(patches.filter { $0.resource == "rollouts" }.map(\.status) == [200])
    }

    /// `restart` requires a refresh first, too.
    @Test func aRestartByHandDoesNotPassTheWebhookBy() async throws {
        let stage = try await stuckStage()
        try await RefusingWebhook.with(.refuses(code: 403), "replicasets/status", of: stage) { _ in
            let restart = try stage.start("restart", "web")
            #expect(try await restart.end(seconds: 90) == 3, "\(restart.output) \(restart.errors)")
            #expect(restart.errors.contains(Self.denied), "\(restart.errors)")
        }
        try await expectNoRestart(stage)
    }

    /// Repeating the command after the webhook is back succeeds.
    @Test func aWebhookThatIsDownIsNamedAndARetryHelps() async throws {
        let stage = try await StaleViewStage("webhook")
        try await stage.loseAScaling()
        try await stage.isListed("stale")
        try await RefusingWebhook.with(.isDown, "rollouts", "replicasets/status", of: stage) { _ in
            let refresh = try await stage.plugin("refresh", "web")
            #expect(refresh.status == 1, "\(refresh.output) \(refresh.errors)")
            #expect(refresh.errors.contains(Self.unreachable), "\(refresh.errors)")
            #expect(refresh.errors.contains("connection refused"), "\(refresh.errors)")
        }
        #expect(try stage.patches().allSatisfy { $0.status == 500 })
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.output) \(heal.errors)")
        #expect(heal.output.contains(try Regex(StaleViewTests.healed)), "\(heal.output)")
        try await expectNoRestart(stage)
    }

    /// The watch keeps trying and heals once writes are allowed.
    @Test func watchNamesTheWebhookAndHealsWhenItIsGone() async throws {
        let stage = try await deafStage()
        var running: RunningPlugin?
        try await RefusingWebhook.with(.refuses(code: 403), "rollouts", of: stage) { _ in
            let watch = try stage.start(
                "watch", "-n", stage.namespace, "--heal", "--stale-after", "1s", "-o", "json")
            running = watch
            try await watch.wait("the refusal") {
                watch.changes.contains {
                    $0["type"] as? String == "ERROR" && ($0["message"] as? String)?.contains(Self.denied) == true
                }
            }
        }
        let watch = try #require(running)
        try await watch.wait("recovered", seconds: 150) { watch.names("RECOVERED") == ["web"] }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
        #expect(try await stage.rollout().isWell)
        #expect(try stage.patches().allSatisfy { $0.restartAt == nil })
    }
}
