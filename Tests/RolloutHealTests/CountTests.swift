import Foundation
import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

/// The number of Rollouts, from the end of a page with one item.
@Suite struct CountTests {
    private static func page(_ metadata: [String: Any]) -> HTTPResponse {
        let list: [String: Any] = [
            "kind": "RolloutList", "metadata": metadata,
            "items": [["metadata": ["name": "web", "namespace": "shop", "uid": "u"]]],
        ]
        return FakeCluster.json(ObjectFixture(list).json)
    }

    @Test func isWhatRemainsAfterOne() async {
        let bench = Bench([]) { request, _ in
            request.url.contains("limit=1") ? .success(Self.page(["continue": "t", "remainingItemCount": 8999])) : nil
        }
        #expect(await bench.api.count(in: Scope(namespace: nil)) == 9000)
        #expect(bench.cluster.requests.count <= 3)
    }

    @Test func isUnknownWhereTheServerDoesNotSayIt() async {
        let bench = Bench([]) { request, _ in
            request.url.contains("continue=") ? .failure(.cancelled) : .success(Self.page(["continue": "t"]))
        }
        #expect(await bench.api.count(in: Scope(namespace: nil)) == nil)
        let down = Bench([]) { _, _ in .failure(.connectionRefused(host: "h", port: 443)) }
        #expect(await down.api.count(in: Scope(namespace: nil)) == nil)
    }

    @Test func ofASelectionIsNotAsked() async {
        let bench = Bench([.rollout()])
        #expect(await bench.api.count(in: Scope(namespace: "shop", labelSelector: "app=web")) == nil)
        #expect(bench.cluster.requests.isEmpty)
    }
}
