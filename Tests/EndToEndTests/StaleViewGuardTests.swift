import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Refreshes that do not help, are forbidden, conflict with other writes, or are requested by many.
extension StaleViewTests {
    /// A timeout with all pods present and counted and without a known cause, which clears when pods are replaced.
    @Test func whatNoRefreshHelpsIsRestartedOnce() async throws {
        try await StandIn.own { standIn in
            let stage = try await StaleViewStage("stuck", standIn)
            try await stage.deploy(5)
            try await standIn.tell("down")
            try await stage.timeOut()
            try await stage.isListed("stuck")

            let heal = try stage.start("heal", "web")
            try await heal.wait("restarted", seconds: 180) { heal.output.contains("web restarted (") }
            let refreshed = try #require(try stage.patches().first { $0.resource == "replicasets/status" })
            try await standIn.tell("up")
            #expect(try await heal.end(seconds: 60) == 0, "\(heal.output) \(heal.errors)")
            #expect(
                heal.output.contains(try Regex(#"healed by a restart in \d+(\.\d)? s, 5 pods evicted\n"#)),
                "\(heal.output)")
            #expect(try await stage.rollout().isWell)
            #expect(try await stage.evicted() == 5)
            let restarts = try stage.patches().filter { $0.restartAt != nil }
            #expect(restarts.map(\.status) == [200])
            #expect(restarts[0].received.timeIntervalSince(refreshed.received) >= 29)
            #expect(try await stage.rollout().status?.restartedAt == restarts[0].restartAt)
        }
    }

    @Test func aControllerThatIsDown() async throws {
        try await StandIn.own { standIn in
            let stage = try await StaleViewStage("down", standIn)
            try await stage.deploy(5)
            try await standIn.tell("down")
            try await stage.scale(to: 7)
            // Otherwise another 15 s would pass.
            try await stage.age()
            try await stage.isListed("stale")
            let heal = try await stage.plugin("heal", "web")
            #expect(heal.status == 4, "\(heal.output) \(heal.errors)")
            #expect(heal.output.contains("web not healed by the refresh ("), "\(heal.output)")
            let marks = try stage.patches().compactMap(\.mark)
            #expect(marks.allSatisfy { $0.hasSuffix(".1") }, "\(marks)")

            let again = try await stage.plugin("heal", "web")
            #expect(again.status == 5, "\(again.output) \(again.errors)")
            #expect(again.output.contains("cool-down: refreshed "), "\(again.output)")
            let unnamed = try await stage.plugin("heal")
            #expect(unnamed.status == 0, "\(unnamed.output) \(unnamed.errors)")
            #expect(try stage.patches().compactMap(\.mark) == marks)
            #expect(try await stage.rollout().spec.restartAt == nil)

            try await stage.isListed("unreconciled", seconds: 120)
            let mark = try #require(Double(marks[0].split(separator: ".")[0]))
            #expect(Date().timeIntervalSince1970 - mark >= 60)
            // The interval is over. The controller is started before the second read.
            let forced = try stage.start("heal", "web")
            try await standIn.tell("up")
            #expect([0, 5].contains(try await forced.end(seconds: 120)), "\(forced.output) \(forced.errors)")
            try await stage.isWell()
        }
    }

    /// Without write times `list` cannot decide, and `heal` reads long enough to prove the stale view.
    @Test func whereNoTimesAreLooksProveIt() async throws {
        try await StandIn.own { standIn in
            let stage = try await StaleViewStage("untimed", standIn)
            try await stage.deploy(5)
            try await standIn.tell("down")
            try await stage.scale(to: 7)
            try await stage.forgetTimes()
            let began = Date()
            let heal = try stage.start("heal", "web")
            let list = try await stage.plugin("list", "--all", "--fresh")
            #expect(list.output.contains("unsettled") && !list.output.contains("stale"), "\(list.output)")
            try await heal.wait("refreshed", seconds: 90) { heal.output.contains("web refreshed (") }
            #expect(Date().timeIntervalSince(began) >= 20)
            try await standIn.tell("up")
            #expect(try await heal.end(seconds: 120) == 0, "\(heal.output) \(heal.errors)")
            #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
            try await stage.isWell()
            try stage.expectOnlyRefreshes()
        }
    }

    @Test func manyAtOnceRefreshOnce() async throws {
        let stage = try await StaleViewStage("many")
        try await stage.loseAScaling()
        try await stage.isListed("stale")
        let started = try ["heal", "heal", "refresh", "refresh", "refresh"].map { try stage.start($0, "web") }
        for one in started {
            // 5: the interval since another process's refresh holds it back.
            let status = try await one.end(seconds: 120)
            #expect([0, 5].contains(status), "\(one.output) \(one.errors)")
            #expect(status == 0 || one.output.contains("cool-down"), "\(one.output)")
        }
        #expect(started.contains { $0.output.contains("healed by a refresh") })
        #expect(try await stage.rollout().isWell)
        try stage.expectOnlyRefreshes()
        // Processes that read at the same time write the same mark; none increments the count.
        let patches = try stage.patches()
        #expect((1...5).contains(patches.count))
        #expect(patches.allSatisfy { $0.mark?.hasSuffix(".1") == true }, "\(patches)")
        let times = patches.map(\.received)
        #expect(times.max()!.timeIntervalSince(times.min()!) < 2)
        #expect(try await stage.evicted() == 0)
    }

    // MARK: Rights

    @Test func whoMayOnlyPatchStatusHealsAStaleReplicaSet() async throws {
        let stage = try await StaleViewStage("rights", rights: [.patchStatus])
        try await stage.loseAScaling()
        let heal = try await stage.plugin("heal", "web", "--no-events")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        #expect(heal.errors.isEmpty, "\(heal.errors)")
        try stage.expectOnlyRefreshes()
    }

    @Test func whoMayOnlyPatchRolloutsIsToldWhatIsMissing() async throws {
        let stage = try await StaleViewStage("rights", rights: [.patchRollouts])
        try await stage.loseAScaling(deadline: 1)
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 4, "\(heal.output) \(heal.errors)")
        #expect(heal.output.contains("not healed by the refresh"), "\(heal.output)")
        #expect(heal.errors.contains("warning: the account may not patch replicasets/status"), "\(heal.errors)")
        #expect(heal.errors.contains("hint: grant verb patch on resource replicasets/status in API group apps"))
        try stage.expectOnlyRefreshes()
        #expect(try stage.patches().filter { $0.status == 200 }.map(\.resource) == ["rollouts"])
        #expect(try await stage.evicted() == 0)
    }

    @Test func whoMayPatchNothingIsTold() async throws {
        let stage = try await StaleViewStage("rights", rights: [])
        try await stage.loseAScaling(deadline: 1)
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 3, "\(heal.output) \(heal.errors)")
        let denied = "web not healed: the account may not patch replicasets/status, rollouts\n"
        #expect(heal.output.contains(denied), "\(heal.output)")
        for right in ["replicasets/status", "rollouts"] {
            #expect(heal.errors.contains("warning: the account may not patch \(right) in namespace"), "\(heal.errors)")
        }
        #expect(try stage.patches().allSatisfy { $0.status == 403 })
        #expect(try await stage.evicted() == 0)
    }

    /// Without the rights to refresh nothing is restarted: an upgrade without the new right must not cause useless
    /// evictions.
    @Test(arguments: [Set<StaleViewStage.Right>([]), [.patchStatus], [.patchRollouts]])
    func withoutAllRightsNothingThatIsStuckIsRestarted(_ rights: Set<StaleViewStage.Right>) async throws {
        let stage = try await StaleViewStage("rights", rights: rights)
        try await stage.cluster.store(
            .stored("web", in: stage.namespace).merging([
                "metadata": ["labels": ["rollout-heal.test/instance": "nobody"]]
            ]),
            replicaSets: [.replicaSet(of: "web", namespace: stage.namespace)], isMarked: false)
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 3, "\(heal.output) \(heal.errors)")
        #expect(try stage.patches().filter { $0.restartAt != nil }.allSatisfy { $0.status == 403 })
        #expect(try await stage.rollout().spec.restartAt == nil)
        let written = try stage.patches().filter { $0.status == 200 }.map(\.resource)
        #expect(written == (rights.isEmpty ? [] : rights == [.patchStatus] ? ["replicasets/status"] : ["rollouts"]))
        if rights == [.patchStatus] {
            #expect(
                heal.errors.contains("Error from server (Forbidden): rollouts.argoproj.io \"web\" is forbidden"),
                "\(heal.errors)")
        } else {
            #expect(
                heal.output.contains("web not healed: the account may not patch replicasets/status"), "\(heal.output)")
        }
    }

    // MARK: Others

    @Test func ofFortyOldReplicaSetsSoManyAreWrittenTo() async throws {
        let stage = try await StaleViewStage("forty")
        try await stage.deploy(7)
        let current = try await stage.replicaSets()[0]
        let path = "\(stage.sets)/\(current.metadata.name)"
        let stored = try stage.cluster.object(try await stage.cluster.request(.get, path).body)
        let owners = (stored["metadata"] as? [String: Any])?["ownerReferences"] ?? []
        for number in 0..<40 {
            let labels = ["app": "web", "rollouts-pod-template-hash": "old\(number)"]
            let annotations = ["rollout.argoproj.io/revision": "0"]
            let metadata: [String: Any] = [
                "name": "web-old\(number)", "labels": labels, "ownerReferences": owners, "annotations": annotations,
            ]
            let containers = [["name": "main", "image": "registry.test/web:old\(number)"]]
            let template: [String: Any] = ["metadata": ["labels": labels], "spec": ["containers": containers]]
            let body = ObjectFixture([
                "metadata": metadata,
                "spec": ["replicas": 0, "selector": ["matchLabels": labels], "template": template],
            ])
            #expect(try await stage.cluster.request(.post, stage.sets, body.json).status == 201)
        }
        try await stage.freeze(current)
        try await stage.scale(to: 5)
        try await stage.isLost("\(stage.namespace)/\(current.metadata.name)")
        let heal = try await stage.plugin("heal", "web")
        #expect(heal.status == 0, "\(heal.errors)")
        #expect(heal.output.contains("web refreshed (25 ReplicaSets; "), "\(heal.output)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        try stage.expectOnlyRefreshes()
        let patches = try stage.patches()
        #expect(patches.count == 25)
        #expect(Set(patches.map(\.name)).count == 25)
        #expect(patches.first?.name == current.metadata.name)
    }

    /// If the second read differs from the first, nothing is written.
    @Test func aDeploymentBetweenTheLooksIsNotTouched() async throws {
        let stage = try await StaleViewStage("meanwhile")
        try await stage.loseAScaling()
        try await stage.isListed("stale")
        let refresh = try stage.start("refresh", "web", "-v", "6")
        try await refresh.wait("the first look") { refresh.errors.contains("/replicasets?") }
        try await stage.setImage("registry.test/web:2")
        let status = try await refresh.end(seconds: 120)
        #expect(
            status == 0 && refresh.output.contains("nothing to refresh")
                || status == 5 && refresh.output.contains("skipped ("), "\(refresh.output) \(refresh.errors)")
        #expect(try stage.patches().isEmpty)
        try await stage.isWell()
    }

    @Test(arguments: [3600, -3600])
    func aMarkIsOfTheServersTime(offset: Int) async throws {
        let clock = try await WrongClock(offset)
        let stage = try await StaleViewStage("clock")
        try await stage.loseAScaling()
        try await stage.isListed("stale")
        let heal = try stage.start(
            "heal", "web", "--insecure-skip-tls-verify", environment: ["LD_PRELOAD": clock.library])
        #expect(try await heal.end(seconds: 120) == 0, "\(heal.output) \(heal.errors)")
        #expect(heal.output.contains(try Regex(Self.healed)), "\(heal.output)")
        let patch = try #require(try stage.patches().first)
        let seconds = try #require(patch.mark.flatMap { Double($0.split(separator: ".")[0]) })
        #expect(abs(patch.received.timeIntervalSince1970 - seconds) < 3)
        #expect(try await stage.rollout().isWell)
    }
}
