import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// Rollouts selected by labels or application that have changed when they are read again.
@Suite struct ChosenTests {
    private static func labelled(_ app: String) -> ObjectFixture {
        .rollout(metadata: ["labels": ["app": app, "app.kubernetes.io/instance": app]])
    }

    /// The first PATCH finds a Rollout with other labels, possibly recreated.
    private func bench(madeAnew: Bool) -> Bench {
        let conflicts = Counter()
        return Bench([Self.labelled("web")]) { request, cluster in
            guard request.method == .patch, conflicts.next() == 0 else { return nil }
            let other = Self.labelled("other").merging(["metadata": ["uid": madeAnew ? "another" : "uid-web"]])
            cluster.put(other, as: "rollouts")
            cluster.put(.replicaSet(of: "web", owner: madeAnew ? "another" : "uid-web").marked(60), as: "replicasets")
            return .success(FakeCluster.failure(409, "Conflict", "the object has been modified"))
        }
    }

    @Test(arguments: [true, false]) func bySelector(madeAnew: Bool) async throws {
        let bench = bench(madeAnew: madeAnew)
        #expect(try await bench.restart(labelSelector: "app=web")["web"]?.skipped == "Degraded")
        #expect(bench.patches.count == 1)
        #expect(
            bench.cluster.requests(.get, "rollouts").contains { $0.url.contains("fieldSelector=metadata.name%3Dweb") })
    }

    @Test(arguments: [true, false]) func byApplication(madeAnew: Bool) async throws {
        let bench = bench(madeAnew: madeAnew)
        #expect(try await bench.restart(application: .only("web"))["web"]?.skipped == "Degraded")
        #expect(bench.patches.count == 1)
    }

    /// It was selected because it had no mark, and now has one.
    @Test func byHavingNoMark() async throws {
        let conflicts = Counter()
        let bench = Bench([.rollout()]) { request, cluster in
            guard request.method == .patch, conflicts.next() == 0 else { return nil }
            cluster.put(Self.labelled("other"), as: "rollouts")
            return .success(FakeCluster.failure(409, "Conflict", "the object has been modified"))
        }
        #expect(try await bench.restart(application: .onlyWhereMarked("web"))["web"]?.skipped == "Degraded")
        #expect(bench.patches.count == 1)
    }

    /// `heal` waits between its reads: a Rollout that leaves the application meanwhile is not written.
    @Test(arguments: [true, false], [Scope.Application.only("web"), .onlyWhereMarked("web")])
    func whatLeavesIsNotHealed(leaves: Bool, application: Scope.Application) async throws {
        let looks = Counter()
        let bench = Bench([Self.labelled("web")]) { request, cluster in
            if leaves, request.url.contains("/rollouts/web"), looks.next() == 1 {
                cluster.put(Self.labelled("other"), as: "rollouts")
            }
            return nil
        }
        let healing = HealRollouts(bench.api, HealRollouts.Options())
        let scope = Scope(namespace: "shop", application: application)
        try await healing.heal(
            try await healing.candidates(scope).found, of: scope, progress: { _ in },
            report: { #expect(($0.result == .gone) == leaves) })
        #expect(bench.cluster.requests.contains { $0.method == .patch } == !leaves)
    }

    /// Selected only by name or namespace, it still belongs to the selection.
    @Test func otherwiseItIsJudgedAnew() async throws {
        let bench = bench(madeAnew: false)
        #expect(try await bench.restart()["web"] == Bench.restarted)
        #expect(bench.patches.count == 2)
    }

    /// A response without the change counts as a failure.
    @Test func aPatchThatChangesNothingIsNoRestart() async throws {
        let bench = Bench([.rollout()]) { request, cluster in
            request.method == .patch
                ? cluster.object("rollouts", "shop/web").map { .success(FakeCluster.json($0.json)) } : nil
        }
        guard case .failed(.outcomeUnknown)? = try await bench.restart()["web"] else {
            Issue.record("it counts as a restart")
            return
        }
    }
}
