import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// Responses with other objects than requested: none of them is restarted.
@Suite struct ForeignAnswerTests {
    /// A cluster that answers each list and each single read with `rollouts`, whatever was requested.
    private func bench(_ rollouts: [ObjectFixture], single: ObjectFixture? = nil) -> Bench {
        Bench([.rollout("web", namespace: "shop")]) { request, _ in
            guard request.method == .get, request.url.contains("/rollouts") else { return nil }
            if request.url.contains("/rollouts/") { return single.map { .success(FakeCluster.json($0.json)) } }
            let items = rollouts.map { String(decoding: $0.json, as: UTF8.self) }.joined(separator: ",")
            return .success(FakeCluster.json(Array("{\"kind\":\"RolloutList\",\"items\":[\(items)]}".utf8)))
        }
    }

    @Test func anotherNamespaceIsReportedAndLeftAlone() async throws {
        let bench = bench([.rollout("web", namespace: "kube-system")])
        let outcomes = try await bench.restart()
        #expect(
            outcomes.values.map { $0 } == [
                .failed(
                    .undecodable(kind: "Rollout", name: "kube-system/web", what: "shop was asked for"))
            ])
        #expect(bench.cluster.requests(.patch, "rollouts").isEmpty)
    }

    @Test func anotherNameIsReportedAndLeftAlone() async throws {
        let bench = bench([], single: .rollout("database", namespace: "shop"))
        let outcomes = try await bench.restart(names: ["web"])
        #expect(
            outcomes == [
                "web": .failed(
                    .undecodable(kind: "Rollout", name: "shop/database", what: "shop/web was asked for"))
            ])
        #expect(bench.cluster.requests(.patch, "rollouts").isEmpty)
    }

    @Test(arguments: ["", "..", "a/b", "Web", "w\u{1B}[31m", "web ", String(repeating: "a", count: 254)])
    func namesThatNoObjectHasAreReported(name: String) async throws {
        let bench = bench([.rollout(name, namespace: "shop")])
        let outcomes = try await bench.restart()
        #expect(outcomes.count == 1)
        #expect(bench.cluster.requests(.patch, "rollouts").isEmpty)
    }

    @Test func oneThatIsListedTwiceIsRestartedOnce() async throws {
        let bench = bench([.rollout("web", namespace: "shop"), .rollout("web", namespace: "shop")])
        let read = try await RestartRollouts(bench.api, rule: HealRule()).candidates(Scope(namespace: "shop"))
        #expect(read.found.map(\.metadata.name) == ["web"])
    }
}
