import Foundation
import HTTPTransport
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// A gate that closes after the first look: an opt-out, a withdrawn opt-in, the end of a window. It is Sunday noon.
@Suite struct WithdrawnConsentTests {
    private let stale = HealRolloutsTests().stale
    /// After a refresh the controller goes on with an update.
    private let unobserved = ObjectFixture.rollout(
        spec: ["template": ["spec": ["containers": [["image": "shop/web:2"]]]]], metadata: ["generation": 9])

    private func optsOut(_ cluster: FakeCluster) {
        cluster.change("rollouts", "shop/web", ["metadata": ["labels": ["rollout-heal/ignore": "true"]]])
    }

    private static func isListOfReplicaSets(_ request: HTTPRequest) -> Bool {
        request.method == .get && request.url.contains("replicasets")
    }

    /// The answer, two minutes past noon.
    private static func late(_ request: HTTPRequest, _ cluster: FakeCluster) -> Result<HTTPResponse, HTTPTransportError>
    {
        var answer = cluster.answer(request)
        answer.headers = ["Date": "Sun, 01 Mar 2026 12:02:00 GMT", "Content-Type": "application/json"]
        return .success(answer)
    }

    private func gate(_ run: HealRolloutsTests.Run) -> Gate? {
        if case .held(let gate, _, _) = run.outcome.result { gate } else { nil }
    }

    @Test func anOptOutBetweenTheLooksHoldsTheRefresh() async throws {
        let run = try await HealRolloutsTests().heal(
            stale, Cure(onReplicaSet: true),
            before: { request, cluster in
                if Self.isListOfReplicaSets(request) { optsOut(cluster) }
                return nil
            })
        #expect(gate(run) == .optOut && run.patches.isEmpty, "\(run.outcome.result)")
    }

    @Test func aWindowThatEndsBetweenTheLooksHoldsTheRefresh() async throws {
        let lists = Counter()
        let windows = ChangeWindows([try ChangeWindow("Sun 11:00-12:01")])
        let run = try await HealRolloutsTests().heal(
            unobserved, Cure(onLabel: true),
            before: { request, cluster in
                Self.isListOfReplicaSets(request) && lists.next() > 0 ? Self.late(request, cluster) : nil
            }, options: { $0.rule.windows = windows })
        #expect(gate(run) == .window && run.patches.isEmpty, "\(run.outcome.result)")
    }

    /// The first write is answered after the end; the second one is not made, nor is it later.
    @Test func aWindowThatEndsBetweenTheWritesHoldsTheRest() async throws {
        let windows = ChangeWindows([try ChangeWindow("Sun 11:00-12:01")])
        let ended = Mutex(false)
        let run = try await HealRolloutsTests().heal(
            unobserved,
            before: { request, cluster in
                if request.method == .patch { ended.withLock { $0 = true } }
                return ended.withLock { $0 } ? Self.late(request, cluster) : nil
            },
            options: { options in
                options.rule.windows = windows
                options.refreshOnly = true
            })
        #expect(run.patches.map { $0.prefix { $0 != " " } } == ["replicasets/web-7d9f5c/status"])
    }

    @Test func anOptOutAfterTheRefreshHoldsTheLabel() async throws {
        let run = try await HealRolloutsTests().heal(
            stale, Cure(onLabel: true),
            before: { request, cluster in
                if request.method == .patch { optsOut(cluster) }
                return nil
            })
        #expect(run.patches.map { $0.prefix { $0 != " " } } == ["replicasets/web-7d9f5c/status"])
    }

    /// Left behind by another process: what opts out is left alone altogether.
    @Test(arguments: [true, false]) func anOptOutHoldsTheTakingBackToo(isIgnored: Bool) async throws {
        let labels = ["rollout-heal/restarted-at": "\(ObjectFixture.now - 900)"]
        let armed = ObjectFixture.rollout(
            spec: ["restartAt": ObjectFixture.ago(900)],
            metadata: [
                "labels": labels.merging(isIgnored ? ["rollout-heal/ignore": "true"] : [:]) { $1 },
                "managedFields": [ObjectFixture.written("f:spec", 900)],
            ])
        let run = try await HealRolloutsTests().heal(armed)
        #expect(run.outcome.isTakenBack == !isIgnored && run.patches.isEmpty == isIgnored)
    }

    /// The namespace has opted in when the command began, and is asked again right before the restart.
    /// For one namespace the right to get it is enough; for all, the right to list them.
    @Test(arguments: [true, false], [true, false])
    func theNamespaceIsAskedAgainBeforeTheRestart(optsIn: Bool, isOfAll: Bool) async throws {
        let bench = Bench([.rollout()]) { request, _ in
            guard request.url.contains("/api/v1/namespaces"), !request.url.contains("/namespaces/shop/") else {
                return nil
            }
            let labels = optsIn ? ["rollout-heal/heal": "true"] : [:]
            let namespace = ObjectFixture(["metadata": ["name": "shop", "labels": labels]])
            let isList = request.url.contains("fieldSelector=metadata.name%3Dshop")
            if isList != isOfAll { return .success(FakeCluster.failure(403, "Forbidden", "no")) }
            let list = Array(#"{"metadata":{},"items":["#.utf8) + namespace.json + Array("]}".utf8)
            return .success(FakeCluster.json(isList ? list : namespace.json))
        }
        var rule = HealRule()
        rule.optIn = OptIn(namespaces: ["shop"], isOfAll: isOfAll)
        let result = try await bench.restart(rule)["web"]
        #expect(
            optsIn ? result == Bench.restarted : result?.skipped == "stuck (opt-out)", "\(String(describing: result))")
        #expect(bench.patches.count == (optsIn ? 1 : 0))
    }
}
