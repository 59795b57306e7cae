import Foundation
import TestSupport
import Testing

/// The effects of a controller's stale cache on Rollouts, and how the real binary heals them on a real API server.
/// `scripts/dev/stand-in-controller` plays the controller.
@Suite(.onCluster, .besideAStandIn, .inTurn)
struct StaleViewTests {
    static let healed = #"healed by a refresh in \d+(\.\d)? s, no pod evicted\n"#

    /// With a deadline that passes, and with one that does not: then the phase never becomes Degraded, and no alert
    /// fires.
    @Test(arguments: [(1, "canary"), (600, "blueGreen")])
    func aScalingThatIsNeverHeardOf(deadline: Int, strategy: String) async throws {
        let stage = try await StaleViewStage("scaling")
        let fields: [String: Any] = strategy == "canary" ? [:] : ["activeService": "active"]
        try await stage.loseAScaling(deadline: deadline, [strategy: fields])
        try await stage.isListed("stale")
        let explained = try await stage.plugin("explain", "web")
        #expect(explained.output.contains("status says 7 replicas, its ReplicaSets have 5"), "\(explained.output)")
        #expect(try stage.patches().isEmpty)

        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(try await stage.rollout().isWell)
        try stage.expectOnlyRefreshes()
        #expect(try stage.patches().map(\.resource) == ["replicasets/status"])
        #expect(try stage.patches().map(\.status) == [200])
        #expect(try await stage.evicted() == 0)
        #expect(try stage.standIn.phases(of: stage.key).contains("Degraded") == (deadline == 1))
        let after = try await stage.plugin("list", "--fresh")
        #expect(after.output.isEmpty, "\(after.output)")
    }

    /// The message names the current ReplicaSet, which is fine: a restart would evict every pod uselessly.
    @Test func anOldReplicaSetThatIsGoneOnlyInReality() async throws {
        let stage = try await StaleViewStage("old")
        try await stage.deploy(5, deadline: 1)
        let old = try await stage.replicaSets()[0]
        try await stage.freeze(old)
        try await stage.setImage("registry.test/web:2")
        try await stage.isTimedOut()
        let restart = try await stage.plugin("restart", "web", "--policy", "rule")
        #expect(restart.status == 0, "\(restart.errors)")
        try await stage.cluster.wait("restarted") { try await stage.rollout().status?.restartedAt != nil }
        try await stage.isTimedOut()
        #expect(try await stage.evicted() == 5)
        #expect(try await stage.rollout().status?.replicas == 10)
        #expect(try stage.patches().map(\.resource) == ["rollouts"])

        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(try await stage.rollout().isWell)
        let refreshed = try stage.patches().dropFirst()
        #expect(refreshed.map(\.resource) == ["replicasets/status", "replicasets/status"])
        #expect(refreshed.last?.name == old.metadata.name)
        #expect(try await stage.evicted() == 5)
    }

    /// The update hangs for ever and looks as if it were in flight.
    @Test func theNewReplicaSetOfAnUpdate() async throws {
        let stage = try await StaleViewStage("update")
        try await stage.deploy(4, ["blueGreen": ["activeService": "active"]])
        try await stage.standIn.tell("freeze", "next", stage.key)
        try await stage.setImage("registry.test/web:2")
        try await stage.cluster.wait("a new ReplicaSet with its pods") {
            let sets = try await stage.replicaSets()
            return sets.count == 2 && sets[1].status.replicas == 4
        }
        try await stage.isListed("stale")
        #expect(try await stage.rollout().status?.updatedReplicas == nil)
        let dry = try await stage.plugin("heal", "web", "--dry-run=client")
        #expect(dry.output.contains("will continue with the update to registry.test/web:2"), "\(dry.output)")

        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        let going = "the controller will continue with the update to registry.test/web:2"
        #expect(heal.output.contains(going), "\(heal.output)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(try await stage.rollout().isWell)
        #expect(try await stage.replicaSets().map(\.spec.replicas) == [0, 4])
        try stage.expectOnlyRefreshes()
        #expect(try await stage.evicted() == 0)
    }

    /// Every write of the controller is a conflict, because its cached version is old.
    @Test func aConflictForEver() async throws {
        let stage = try await StaleViewStage("conflict")
        try await stage.deploy(5)
        try await stage.standIn.tell("conflict", "\(stage.namespace)/\(try await stage.replicaSets()[0].metadata.name)")
        try await stage.scale(to: 7)
        #expect(try await stage.isListed("stale") == "Progressing")
        #expect(try await stage.replicaSets()[0].spec.replicas == 5)
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains("scaling 5 to 7"), "\(heal.output)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(try await stage.rollout().isWell)
        try stage.expectOnlyRefreshes()
        #expect(try await stage.evicted() == 0)
    }

    /// The image is corrected, but the controller misses the change: writes to the ReplicaSets do not help.
    @Test func aChangeOfTheRolloutThatIsNeverHeardOf() async throws {
        let stage = try await StaleViewStage("rollout")
        try await stage.deploy(5, image: "registry.test/web:broken", deadline: 1)
        try await stage.isTimedOut()
        try await stage.standIn.tell("freeze", "rollout", stage.key)
        try await stage.setImage("registry.test/web:mended")
        try await stage.isLost(stage.key)
        #expect(try await stage.isListed("stale") == "Progressing")
        #expect(try await stage.rollout().isTimedOut)

        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains("will continue with the update to registry.test/web:mended"), "\(heal.output)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(try await stage.rollout().isWell)
        try stage.expectOnlyRefreshes()
        let patches = try stage.patches()
        #expect(patches.map(\.resource).sorted() == ["replicasets/status", "rollouts"])
        #expect(Set(patches.compactMap(\.mark)).count == 1)
        let times = patches.map(\.received)
        #expect(times.max()!.timeIntervalSince(times.min()!) < 5)
        #expect(try await stage.evicted() == 0)
    }
}
