import Foundation
import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// The simulated controller's reaction to a write to a ReplicaSet or the Rollout.
struct Cure: Sendable {
    var onReplicaSet = false
    var onLabel = false
    var onRestart = false
    /// The phase after it reconciles.
    var phase = "Healthy"

    /// Sets the status to the live state, with `phase`.
    func act(_ request: HTTPRequest, _ cluster: FakeCluster) -> Result<HTTPResponse, HTTPTransportError>? {
        guard request.method == .patch else { return nil }
        let answer = cluster.answer(request)
        let body = String(decoding: request.body ?? [], as: UTF8.self)
        let isRestart = body.contains("restartAt")
        let cures =
            isRestart ? onRestart : request.url.contains("/replicasets/") ? onReplicaSet : onLabel
        guard cures, answer.status == 200, let rollout = cluster.object("rollouts", "shop/web") else {
            return .success(answer)
        }
        let sets = ["web-7d9f5c", "web-older"].compactMap { cluster.object("replicasets", "shop/\($0)") }
        var status: [String: Any] = [
            "phase": phase, "message": phase == "Healthy" ? Null.value : "image cannot be pulled",
        ]
        let generation = (rollout.fields["metadata"] as? [String: Any])?["generation"] as? Int ?? 0
        status["observedGeneration"] = "\(generation)"
        if isRestart { status["restartedAt"] = (rollout.fields["spec"] as? [String: Any])?["restartAt"] }
        cluster.put(rollout.believing(sets).merging(["status": status]), as: "rollouts")
        return .success(answer)
    }
}

@Suite struct HealRolloutsTests {
    /// Degraded, and the controller believes in 7 pods where there are 5.
    let stale = ObjectFixture.rollout(status: [
        "replicas": 7, "updatedReplicas": 7, "readyReplicas": 7, "availableReplicas": 7, "HPAReplicas": 7,
    ])

    struct Run {
        var outcome: HealOutcome
        var progress: [HealProgress]
        var patches: [String]
        var elapsed: Duration

        var wasRefreshed: Bool { progress.contains { if case .refreshed = $0 { true } else { false } } }
    }

    func heal(
        _ rollout: ObjectFixture, replicaSets: [ObjectFixture] = [.replicaSet()], _ cure: Cure = Cure(),
        before: @escaping FakeCluster.Hook = { _, _ in nil },
        options change: (inout HealRollouts.Options) -> Void = { _ in }
    ) async throws -> Run {
        let bench = Bench([rollout], replicaSets: replicaSets) { request, cluster in
            before(request, cluster) ?? cure.act(request, cluster)
        }
        var options = HealRollouts.Options()
        change(&options)
        let healing = HealRollouts(bench.api, options)
        let scope = Scope(namespace: "shop", names: ["web"])
        let progress = Mutex<[HealProgress]>([])
        let outcomes = Mutex<[HealOutcome]>([])
        try await healing.heal(try await healing.candidates(scope).found, of: scope) { step in
            progress.withLock { $0.append(step) }
        } report: { outcome in
            outcomes.withLock { $0.append(outcome) }
        }
        let outcome = try #require(outcomes.withLock { $0.first })
        return Run(
            outcome: outcome, progress: progress.withLock { $0 },
            patches: bench.cluster.requests.filter { $0.method == .patch }.map { request in
                let path = String(
                    request.url.split(separator: "?")[0].split(separator: "/").suffix(3).joined(separator: "/"))
                return "\(path) \(String(decoding: request.body ?? [], as: UTF8.self))"
            }, elapsed: bench.time.elapsed)
    }

    private static let mark = #""rollout-heal/refreshed":"\#(ObjectFixture.now).1""#

    @Test func aStaleViewIsHealedByOneWriteOfMetadata() async throws {
        let run = try await heal(stale, Cure(onReplicaSet: true))
        guard case .healed(by: .refresh, let after, evicted: 0) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(after < .seconds(1))
        #expect(
            run.patches == [
                #"replicasets/web-7d9f5c/status {"metadata":{"annotations":{\#(Self.mark)},"uid":"uid-web-7d9f5c"}}"#
            ])
        #expect(run.outcome.diagnosis == .stale)
    }

    /// A mark with a wrong time would hold back every later refresh, or none.
    @Test func clocksThatAreDaysApartAreNotTrusted() async throws {
        let run = try await heal(stale, Cure(onReplicaSet: true)) { request, cluster in
            var answer = cluster.answer(request)
            answer.headers = ["Date": "Fri, 31 Dec 9999 23:59:59 GMT", "Content-Type": "application/json"]
            return .success(answer)
        } options: {
            $0.force = true
        }
        guard case .failed(.clocksApart) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.isEmpty)
    }

    @Test func anOldReplicaSetIsWrittenToAsWell() async throws {
        let sets = [ObjectFixture.replicaSet(), .replicaSet(hash: "older", pods: 0)]
        let run = try await heal(stale, replicaSets: sets, Cure(onReplicaSet: true))
        #expect(
            run.patches.map { $0.prefix { $0 != " " } } == [
                "replicasets/web-7d9f5c/status", "replicasets/web-older/status",
            ])
    }

    /// ReplicaSets first; the Rollout after 15 s without effect.
    @Test func theLabelComesWhereTheReplicaSetsDoNotHelp() async throws {
        let run = try await heal(stale, Cure(onLabel: true))
        guard case .healed(by: .refresh, let after, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(after >= .seconds(15) && after < .seconds(20))
        let label = #"shop/rollouts/web {"metadata":{"labels":{\#(Self.mark)},"uid":"uid-web"}}"#
        #expect(run.patches.last == label)
        #expect(run.patches.count == 2)
    }

    /// Only the label helps here, so it is written immediately.
    @Test func anUnobservedGenerationIsLabelledAtOnce() async throws {
        let unseen = ObjectFixture.rollout(
            spec: ["template": ["spec": ["containers": [["image": "shop/web:2"]]]]], metadata: ["generation": 9])
        let run = try await heal(unseen, Cure(onLabel: true))
        guard case .healed(by: .refresh, let after, evicted: 0) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(after < .seconds(1))
        guard
            case .refreshed(_, _, _, let consequence)? = run.progress.last(where: {
                if case .refreshed = $0 { true } else { false }
            })
        else {
            Issue.record("nothing was told")
            return
        }
        #expect(consequence == "will continue with the update to shop/web:2")
    }

    @Test func whatItTrulyThinksIsNoHealing() async throws {
        let run = try await heal(stale, Cure(onReplicaSet: true, phase: "Degraded"))
        #expect(run.outcome.result == .seenAgain(phase: "Degraded", message: "image cannot be pulled"))
    }

    @Test func aViewThatStaysWrongIsNotRestarted() async throws {
        let run = try await heal(stale)
        guard case .notHealed(.refresh, let why) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(why.contains("status says 7 replicas, its ReplicaSets have 5"))
        #expect(run.patches.allSatisfy { !$0.contains("restartAt") })
    }

    // MARK: stuck

    @Test func whatIsStuckIsRefreshedFirst() async throws {
        let run = try await heal(.rollout(), Cure(onReplicaSet: true))
        guard case .healed(by: .refresh, _, evicted: 0) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.count == 1)
    }

    @Test func whatNoRefreshHelpsIsRestartedOnce() async throws {
        let run = try await heal(.rollout(), Cure(onRestart: true))
        guard case .healed(by: .restart, _, evicted: 5) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.filter { $0.contains("restartAt") }.count == 1)
        #expect(run.patches.first?.hasPrefix("replicasets/web-7d9f5c/status") == true)
    }

    @Test func aRefreshThatWasTriedIsNotRepeated() async throws {
        let tried = ObjectFixture.replicaSet().merging(
            ["metadata": ["annotations": ["rollout-heal/refreshed": "\(ObjectFixture.now - 45).1"]]])
        let run = try await heal(.rollout(), replicaSets: [tried], Cure(onRestart: true))
        guard case .healed(by: .restart, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.count == 1)
    }

    @Test func refreshAloneNeverRestarts() async throws {
        let run = try await heal(.rollout(), Cure(onRestart: true), options: { $0.refreshOnly = true })
        guard case .notHealed(.refresh, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.allSatisfy { !$0.contains("restartAt") })
    }

    @Test func theGatesOfTheRestartHold() async throws {
        let cooling = ObjectFixture.rollout(
            spec: ["restartAt": ObjectFixture.ago(300)], status: ["restartedAt": ObjectFixture.ago(300)],
            metadata: ["labels": ["rollout-heal/restarts": "1", "rollout-heal/pod-hash": "7d9f5c"]])
        let run = try await heal(cooling, options: { $0.rule.maxRestarts = 3 })
        guard case .held(.coolDown, .stuck, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.allSatisfy { !$0.contains("restartAt") })
    }

    // MARK: What holds a refresh back

    @Test(
        arguments: [
            (.optOut, ["labels": ["rollout-heal/ignore": "true"]]),
            (.coolDown, ["labels": ["rollout-heal/refreshed": "\(ObjectFixture.now - 45).1"]]),
            (.coolDown, ["labels": ["rollout-heal/refreshed": "\(ObjectFixture.now - 299).2"]]),
            (.deleting, ["deletionTimestamp": ObjectFixture.ago(1)]),
        ] as [(Gate, [String: any Sendable])])
    func gatesOfARefresh(gate: Gate, metadata: [String: any Sendable]) async throws {
        let run = try await heal(stale.merging(["metadata": metadata]), Cure(onReplicaSet: true))
        guard case .held(gate, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.isEmpty)
    }

    @Test func forceSkipsTheIntervalAndTheSecondLook() async throws {
        let marked = stale.merging(["metadata": ["labels": ["rollout-heal/refreshed": "\(ObjectFixture.now - 45).1"]]])
        let run = try await heal(marked, Cure(onReplicaSet: true), options: { $0.force = true })
        #expect(run.wasRefreshed && !run.progress.contains { if case .settling = $0 { true } else { false } })
        #expect(run.patches.first?.contains("\(ObjectFixture.now).2") == true)
    }

    /// The interval is over; the mark counts the second refresh.
    @Test func aSecondRefreshHasTheNextCount() async throws {
        let marked = stale.merging(["metadata": ["labels": ["rollout-heal/refreshed": "\(ObjectFixture.now - 61).1"]]])
        let run = try await heal(marked, Cure(onReplicaSet: true))
        #expect(run.outcome.diagnosis == .unreconciled)
        #expect(run.patches.first?.contains("\(ObjectFixture.now).2") == true)
    }

    @Test(arguments: ["paused", "unavailable", "healthy"])
    func whatARefreshCannotHealIsLeftAlone(_ kind: String) async throws {
        let sets = [ObjectFixture.replicaSet(available: kind == "unavailable" ? 3 : nil)]
        let rollout =
            switch kind {
            case "paused": ObjectFixture.rollout(spec: ["paused": true])
            case "unavailable": ObjectFixture.rollout().believing(sets)
            default: ObjectFixture.rollout(status: ["phase": "Healthy", "message": Null.value])
            }
        let run = try await heal(rollout, replicaSets: sets)
        #expect(run.patches.isEmpty)
        if kind == "healthy" {
            #expect(run.outcome.result == .nothing(phase: "Healthy"))
        } else {
            guard case .held(.policy, _, _) = run.outcome.result else {
                Issue.record("\(run.outcome.result)")
                return
            }
        }
    }

    /// A write next to one of the controller's could cause the conflict that makes caches stale.
    @Test func whatChangedJustNowIsWaitedFor() async throws {
        let written = ["managedFields": [ObjectFixture.written("f:spec", 5)]]
        let run = try await heal(.rollout(metadata: written), Cure(onReplicaSet: true))
        guard case .held(.settle, .stuck, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.isEmpty)
    }

    /// An autoscaler changes the Rollout between all reads.
    @Test func whatKeepsChangingIsLeftAlone() async throws {
        let pods = Counter()
        let run = try await heal(
            stale, Cure(onReplicaSet: true),
            before: { request, cluster in
                if request.method == .get, request.url.contains("replicasets") {
                    let next = pods.next()
                    cluster.change(
                        "replicasets", "shop/web-7d9f5c", ["status": ["replicas": 10 + next]])
                }
                return nil
            })
        guard case .held(.settle, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.patches.isEmpty)
    }

    // MARK: Rights, and what goes away

    @Test func withoutTheRightTheLabelIsTriedAndNothingIsRestarted() async throws {
        let refused: FakeCluster.Hook = { request, _ in
            request.method == .patch && request.url.contains("/replicasets/")
                ? .success(FakeCluster.failure(403, "Forbidden", "replicasets is forbidden: User cannot patch")) : nil
        }
        let helped = try await heal(stale, Cure(onLabel: true), before: refused)
        guard case .healed(by: .refresh, _, _) = helped.outcome.result else {
            Issue.record("\(helped.outcome.result)")
            return
        }
        #expect(helped.outcome.writes?.missingRights == ["replicasets/status"])
        let stuck = try await heal(.rollout(), Cure(onRestart: true), before: refused)
        #expect(stuck.outcome.result == .denied(rights: ["replicasets/status"]))
        #expect(stuck.patches.allSatisfy { !$0.contains("restartAt") })
    }

    @Test func aWebhookThatRefusesIsNamed() async throws {
        let words = "admission webhook \"labels.policy.test\" denied the request: no foreign labels"
        let run = try await heal(
            ObjectFixture.rollout(metadata: ["generation": 9]), replicaSets: [],
            before: { request, _ in
                request.method == .patch ? .success(FakeCluster.failure(403, "Forbidden", words)) : nil
            })
        guard case .failed(.api(.status(let status))) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(status.message == words)
    }

    @Test(arguments: [404, 409, 422])
    func aReplicaSetThatVanishesIsNoError(code: Int) async throws {
        let sets = [ObjectFixture.replicaSet(), .replicaSet(hash: "older", pods: 0)]
        let run = try await heal(
            stale, replicaSets: sets, Cure(onReplicaSet: true),
            before: { request, _ in
                guard request.method == .patch, request.url.contains("web-older") else { return nil }
                return .success(
                    FakeCluster.failure(code, "x", "metadata.uid: Precondition failed: UID in precondition"))
            })
        guard case .healed(by: .refresh, _, _) = run.outcome.result else {
            Issue.record("\(run.outcome.result)")
            return
        }
        #expect(run.outcome.writes?.gone == 1 && run.outcome.writes?.failure == nil)
    }

    @Test func aRolloutThatVanishesIsNoError() async throws {
        let run = try await heal(
            stale, Cure(),
            before: { request, cluster in
                if request.method == .patch { cluster.remove("rollouts", "shop/web") }
                return nil
            })
        #expect(run.outcome.result == .gone)
    }

    // MARK: Dry runs

    @Test func aDryRunSendsNothingOrKeepsNothing() async throws {
        let client = try await heal(stale, options: { $0.dryRun = .client })
        #expect(client.outcome.result == .would(.refresh, consequence: nil) && client.patches.isEmpty)
        let server = try await heal(stale, Cure(), options: { $0.dryRun = .server })
        #expect(server.outcome.result == .would(.refresh, consequence: nil) && server.patches.count == 1)
    }
}
