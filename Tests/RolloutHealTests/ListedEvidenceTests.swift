import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// The evidence of Rollouts whose list still arrives.
@Suite(.timeLimit(.minutes(1))) struct ListedEvidenceTests {
    private static func page(_ rollouts: [ObjectFixture], next token: String? = nil) -> HTTPResponse {
        FakeCluster.json(ObjectFixture.list(rollouts, continue: token))
    }

    /// Each Rollout in a page of its own.
    private static func page(_ request: HTTPRequest, of rollouts: [ObjectFixture]) -> HTTPResponse {
        let index =
            request.url.split(separator: "continue=").dropFirst().first.flatMap { Int($0.prefix { $0 != "&" }) } ?? 0
        return page([rollouts[index]], next: index + 1 < rollouts.count ? "\(index + 1)" : nil)
    }

    private static func isList(_ request: HTTPRequest) -> Bool { request.url.contains("/rollouts?") }

    private func list(_ bench: Bench, all: Bool = false) async throws -> ListRollouts.Result {
        try await ListRollouts(bench.api, rule: HealRule(), all: all).list(Scope(namespace: nil))
    }

    /// The last page is answered only once the evidence of the first namespace has been asked for.
    @Test func isAskedForBeforeTheLastPageHasArrived() async throws {
        let rollouts = [
            ObjectFixture.rollout("web", namespace: "a"),
            .rollout("well", namespace: "b", status: ["phase": "Healthy"]),
            .rollout("web", namespace: "c"),
        ]
        let (asked, input) = AsyncStream.makeStream(of: Void.self)
        let bench = Bench(rollouts) { request, _ in
            Self.isList(request) ? .success(Self.page(request, of: rollouts)) : nil
        } hold: { request, _ in
            if request.url.contains("/a/replicasets") { input.finish() }
            if request.url.contains("continue=2") { for await _ in asked {} }
            return nil
        }
        #expect(try await list(bench).found.map(\.namespace) == ["a", "c"])
        #expect(bench.cluster.requests(.get, "replicasets").count == 2)
    }

    /// The evidence of the list that was given up arrives last, and would say `unavailable`.
    @Test func ofAListThatStartsOverIsReadAgain() async throws {
        let rollouts = [ObjectFixture.rollout("web", namespace: "a"), .rollout("web", namespace: "b")]
        let (asked, input) = AsyncStream.makeStream(of: Void.self)
        let (answered, second) = AsyncStream.makeStream(of: Void.self)
        let reads = Mutex(0)
        let bench = Bench(rollouts) { request, _ in
            guard Self.isList(request) else { return nil }
            if request.url.contains("continue=2") { return .success(FakeCluster.failure(410, "Expired", "too old")) }
            if request.url.contains("continue=1") { return .success(Self.page([rollouts[1]], next: "2")) }
            return .success(request.url.contains("limit=") ? Self.page([rollouts[0]], next: "1") : Self.page(rollouts))
        } hold: { request, cluster in
            if request.url.contains("continue=2") { for await _ in asked {} }
            guard request.url.contains("/a/replicasets") else { return nil }
            if reads.withLock({
                $0 += 1; return $0
            }) == 2 {
                second.finish()
                return nil
            }
            input.finish()
            for await _ in answered {}
            for _ in 0..<100 { await Task.yield() }
            let set = ObjectFixture.replicaSet(namespace: "a", available: 1)
            return FakeCluster.json(ObjectFixture.list([set], kind: "ReplicaSetList"))
        }
        let found = try await list(bench).found
        #expect(found.map { $0.verdict?.word } == ["stuck", "stuck"])
        #expect(bench.cluster.requests(.get, "replicasets").count == 3)
    }

    @Test func isCancelledIfTheListFails() async throws {
        let rollouts = [ObjectFixture.rollout("web", namespace: "a"), .rollout("web", namespace: "b")]
        let (asked, input) = AsyncStream.makeStream(of: Void.self)
        let wasCancelled = Mutex(false)
        let bench = Bench(rollouts) { request, _ in
            guard Self.isList(request) else { return nil }
            if request.url.contains("continue=2") {
                return .success(FakeCluster.failure(403, "Forbidden", "no longer"))
            }
            if request.url.contains("continue=1") { return .success(Self.page([rollouts[1]], next: "2")) }
            return .success(Self.page([rollouts[0]], next: "1"))
        } hold: { request, _ in
            if request.url.contains("continue=2") { for await _ in asked {} }
            guard request.url.contains("/a/replicasets") else { return nil }
            input.finish()
            // Ends when the task is cancelled.
            for await _ in AsyncStream.makeStream(of: Void.self).stream {}
            wasCancelled.withLock { $0 = Task.isCancelled }
            return nil
        }
        await #expect(throws: RolloutHealError.self) { try await list(bench) }
        #expect(wasCancelled.withLock { $0 })
    }

    @Test(arguments: [false, true]) func isReadByFewRequestsAtATime(all: Bool) async throws {
        let rollouts = (0..<60).map { ObjectFixture.rollout("web-\($0)", namespace: "ns-\($0 / 2)") }
        let running = Mutex((now: 0, most: 0))
        let bench = Bench(rollouts) { _, _ in
            nil
        } hold: { request, _ in
            guard request.url.contains("/replicasets") else { return nil }
            running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
            for _ in 0..<20 { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return nil
        }
        #expect(try await list(bench, all: all).found.count == 60)
        #expect(bench.cluster.requests(.get, "replicasets").count == 30)
        #expect((2...RolloutAPI.parallelism).contains(running.withLock { $0.most }))
    }
}

@Suite struct EvidenceGroupsTests {
    /// The namespaces that are asked for after each item, and at the end; a `+` means all of the namespace.
    private func requests(_ items: [(namespace: String, isSick: Bool)]) throws -> [String] {
        var groups = EvidenceGroups()
        func text(_ requests: [RolloutAPI.EvidenceRequest]) -> String {
            requests.map { request in
                let isForAll = request.labelSelector == ReplicaSet.podHashLabel
                return "\(request.namespace)\(request.rollouts.count)\(isForAll ? "+" : "")"
            }.joined(separator: " ")
        }
        let during = try items.enumerated().map { index, item in
            let fixture = ObjectFixture.rollout("web-\(index)", namespace: item.namespace)
            return text(groups.passes(fixture.json) + (item.isSick ? groups.add(try fixture.decoded()) : []))
        }
        return during + [text(groups.finish())]
    }

    @Test func aNamespaceIsAskedForWhenTheListGoesOn() throws {
        #expect(
            try requests([("a", true), ("a", false), ("a", true), ("b", false), ("b", true)]) == [
                "", "", "", "a2+", "", "b1",
            ])
        #expect(try requests([("a", true), ("b", true), ("c", true)]) == ["", "a1", "b1", "c1"])
        #expect(try requests([("a", false)]) == ["", ""])
    }

    /// What comes after its namespace was asked for is asked for in one request at the end.
    @Test func aListInNoOrderTakesTwoRequestsANamespaceAtMost() throws {
        let items = ["a", "b", "a", "b", "a", "c", "a"].map { (namespace: $0, isSick: true) }
        #expect(try requests(items) == ["", "a1", "b1", "", "", "", "c1", "a3+ b1"])
    }

    /// The JSON is searched, not decoded: a name that occurs elsewhere delays the request, and loses nothing.
    @Test func aNameThatOccursByChanceDelaysTheRequest() throws {
        var groups = EvidenceGroups()
        let other = ObjectFixture.rollout("web", namespace: "b").merging(["spec": ["namespace": "a"]])
        #expect(groups.add(try ObjectFixture.rollout(namespace: "a").decoded()).isEmpty)
        #expect(groups.passes(other.json).isEmpty)
        #expect(groups.add(try other.decoded()).map(\.namespace) == ["a"])
        #expect(groups.finish().map(\.namespace) == ["b"])
    }
}
