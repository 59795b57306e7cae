import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// Servers and proxies without `managedFields`, or without times in them: repeated reads prove a stale view instead.
extension HealRolloutsTests {
    private static var untimed: [String: Any] { ["metadata": ["managedFields": Null.value]] }
    private static var entry: [String: Any] { ["manager": "somebody", "fieldsV1": ["f:spec": [String: Any]()]] }

    private var set: ObjectFixture { ObjectFixture.replicaSet().merging(Self.untimed) }

    private func healUntimed(
        _ rollout: ObjectFixture? = nil, _ set: ObjectFixture? = nil, _ cure: Cure = Cure(onReplicaSet: true),
        options change: (inout HealRollouts.Options) -> Void = { _ in },
        atLook act: @escaping @Sendable (Int, FakeCluster) -> Void = { _, _ in }
    ) async throws -> Run {
        let looks = Counter()
        return try await heal(
            (rollout ?? stale).merging(Self.untimed), replicaSets: [set ?? self.set], cure,
            before: { request, cluster in
                if request.method == .get, request.url.contains("replicasets") { act(looks.next(), cluster) }
                return nil
            }, options: change)
    }

    private func expectHealed(_ run: Run, atLeast: Duration, below: Duration) {
        guard case .healed(by: .refresh, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.outcome.diagnosis == .stale)
        #expect(run.elapsed >= atLeast && run.elapsed < below, "\(run.elapsed)")
    }

    private func expectHeld(_ run: Run, _ gate: Gate = .settle) {
        guard case .held(gate, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.isEmpty)
    }

    @Test(arguments: ["both", "entries without time", "only the ReplicaSet", "only the Rollout"])
    func whatStaysTheSameIsProvenByLooks(_ absent: String) async throws {
        let noTime = ["metadata": ["managedFields": [Self.entry]]]
        let (rollout, set): (ObjectFixture, ObjectFixture) =
            switch absent {
            case "both": (stale.merging(Self.untimed), set)
            case "only the ReplicaSet": (stale, set)
            case "only the Rollout": (stale.merging(Self.untimed), .replicaSet())
            default: (stale.merging(noTime), .replicaSet().merging(noTime))
            }
        let run = try await heal(rollout, replicaSets: [set], Cure(onReplicaSet: true))
        // 15 s of reads, then 5 s until the confirming read.
        expectHealed(run, atLeast: .seconds(20), below: .seconds(25))
        #expect(run.patches.count == 1)
    }

    @Test func timesThatArePresentProveItAtOnce() async throws {
        let run = try await heal(stale, Cure(onReplicaSet: true))
        expectHealed(run, atLeast: .seconds(5), below: .seconds(7))
    }

    /// Reads do not override a time that is too recent.
    @Test func timesThatArePresentAreBelieved() async throws {
        let written = ["metadata": ["managedFields": [ObjectFixture.written("f:spec", 5)]]]
        let run = try await heal(stale.merging(written), Cure(onReplicaSet: true))
        expectHeld(run)
        #expect(run.outcome.diagnosis == .unsettled)
    }

    @Test(arguments: ["ReplicaSet", "generation", "counters"])
    func whatKeepsChangingIsNeverProven(_ what: String) async throws {
        let run = try await healUntimed(atLook: { look, cluster in
            switch what {
            case "ReplicaSet": cluster.change("replicasets", "shop/web-7d9f5c", [:])
            case "generation":
                cluster.change(
                    "rollouts", "shop/web",
                    ["metadata": ["generation": 8 + look], "status": ["observedGeneration": "\(8 + look)"]])
            default: cluster.change("rollouts", "shop/web", ["status": ["replicas": 20 + look]])
            }
        })
        expectHeld(run)
        #expect(run.outcome.diagnosis == .unsettled)
        #expect(run.elapsed >= .seconds(30))
    }

    /// Analysis, weights and notifications change the Rollout every few seconds.
    @Test func otherChangesOfTheRolloutDoNotMatter() async throws {
        let run = try await healUntimed(atLook: { look, cluster in
            cluster.change("rollouts", "shop/web", ["metadata": ["annotations": ["weight": "\(look)"]]])
        })
        expectHealed(run, atLeast: .seconds(20), below: .seconds(25))
    }

    @Test func aChangeStartsTheLooksAnew() async throws {
        let run = try await healUntimed(atLook: { look, cluster in
            if look == 3 { cluster.change("replicasets", "shop/web-7d9f5c", [:]) }
        })
        expectHealed(run, atLeast: .seconds(23), below: .seconds(32))
    }

    /// The confirming read differs.
    @Test func aChangeAfterTheProofIsNotTouched() async throws {
        let run = try await healUntimed(atLook: { look, cluster in
            if look == 9 { cluster.change("replicasets", "shop/web-7d9f5c", [:]) }
        })
        expectHeld(run)
        #expect(run.elapsed >= .seconds(20), "\(run.elapsed)")
    }

    /// A stale status proves nothing, not even that the Rollout is paused.
    @Test func whatStatusSaysWaitsForTheProof() async throws {
        let run = try await healUntimed(stale.merging(["spec": ["paused": true]]))
        expectHealed(run, atLeast: .seconds(20), below: .seconds(25))
    }

    /// It would be diagnosed as `stuck` before the proof, and restarted.
    @Test func whatWasNeverScaledIsNotRestarted() async throws {
        let run = try await healUntimed(
            .rollout(), set.merging(["spec": ["replicas": 3]]), Cure(onRestart: true))
        guard case .notHealed(.refresh, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.outcome.diagnosis == .unscaled)
        #expect(run.patches.allSatisfy { !$0.contains("restartAt") })
    }

    /// `restart` as well: its refresh reveals the diagnosis.
    @Test func whatWasNeverScaledIsNotRestartedByHand() async throws {
        let bench = Bench(
            [.rollout().merging(Self.untimed)], replicaSets: [set.merging(["spec": ["replicas": 3]])])
        var options = HealRollouts.Options()
        options.refreshOnly = true
        let outcome = try await bench.restart(refreshing: HealRollouts(bench.api, options))["web"]
        #expect(outcome?.skipped == "unscaled")
        #expect(bench.patches.allSatisfy { !String(decoding: $0.body ?? [], as: UTF8.self).contains("restartAt") })
    }

    /// No equation fails that repeated reads would have to prove.
    @Test func whatIsStuckIsRefreshedWithoutThem() async throws {
        let run = try await healUntimed(.rollout())
        guard case .healed(by: .refresh, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.elapsed < .seconds(7))
    }

    @Test func forceWaitsForTheProofAlone() async throws {
        let run = try await healUntimed(options: { $0.force = true })
        expectHealed(run, atLeast: .seconds(15), below: .seconds(20))
    }

    @Test func aDryRunLooksOnce() async throws {
        let run = try await healUntimed(options: { $0.dryRun = .client })
        expectHeld(run)
        #expect(run.elapsed == .zero)
    }

    /// Three reads, 2 s apart, are too few: the diagnosis is `unsettled`.
    @Test func listCallsItUnsettled() async throws {
        let bench = Bench([stale.merging(Self.untimed)], replicaSets: [set])
        let found = try await ListRollouts(bench.api, rule: HealRule()).list(Scope(namespace: "shop")).found
        #expect(found.map { $0.verdict?.diagnosis } == [.unsettled])
        #expect(bench.time.elapsed == .seconds(6))
    }

    /// It is also healed if it is not named.
    @Test func amongAllItIsNotLeftAlone() async throws {
        let paused = stale.merging(["spec": ["paused": true]]).merging(Self.untimed)
        let bench = Bench([paused], replicaSets: [set])
        let plan = try await HealRollouts(bench.api, .init()).plan([paused.decoded()])
        #expect(plan.due.map(\.rollout.metadata.name) == ["web"] && plan.others.isEmpty)
    }
}
