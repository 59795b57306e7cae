import Formats
import HTTPTransport
import KubeClient
import Rollouts
import TestSupport
import Testing

@testable import RolloutHeal

private let now = Timestamp(secondsSince1970: ObjectFixture.now)

@Suite struct ListRolloutsTests {
    private let canary: [String: any Sendable] = ["canary": [String: String]()]

    private func list(_ bench: Bench, _ scope: Scope = Scope(namespace: nil), all: Bool = false) async throws
        -> [String: String]
    {
        let result = try await ListRollouts(bench.api, rule: HealRule(), all: all).list(scope)
        return result.found.reduce(into: [:]) { $0["\($1.namespace)/\($1.name)"] = $1.verdict?.word ?? $1.health.phase }
    }

    @Test func oneRequestANamespaceProvesAllBlueGreens() async throws {
        let rollouts = (0..<30).map { ObjectFixture.rollout("web-\($0)", namespace: "ns-\($0 % 3)") }
        let bench = Bench(rollouts)
        let found = try await list(bench)
        #expect(found.count == 30 && found.values.allSatisfy { $0 == "stuck" })
        #expect(bench.cluster.requests(.get, "replicasets").count == 3)
    }

    @Test func aSingleRolloutIsAskedForByItsOwnSelector() throws {
        func selector(_ spec: [String: Any], status: [String: Any] = [:]) throws -> String {
            let strategy: [String: Any] = ["blueGreen": Null.value, "canary": [String: Any]()]
            let fixture = ObjectFixture.rollout(spec: ["strategy": strategy].merging(spec) { $1 }, status: status)
            let requests = RolloutAPI.requests(for: [try fixture.decoded()])
            return requests[0].labelSelector
        }
        #expect(try selector([:]) == "app=web,rollouts-pod-template-hash")
        let expressions: [[String: Any]] = [
            ["key": "a", "operator": "In", "values": ["b", "c"]], ["key": "d", "operator": "DoesNotExist"],
            ["key": "e", "operator": "Exists"], ["key": "f", "operator": "NotIn", "values": ["g"]],
        ]
        #expect(
            try selector(["selector": ["matchExpressions": expressions]])
                == "app=web,a in (b,c),!d,e,f notin (g),rollouts-pod-template-hash")
        #expect(
            try selector(["selector": Null.value], status: ["selector": "tier=x"])
                == "tier=x,rollouts-pod-template-hash")
        #expect(try selector(["selector": Null.value]) == "rollouts-pod-template-hash")
    }

    @Test func whatDoesNotMatchIsShownOnlyWithAll() async throws {
        let bench = Bench([.rollout(), .rollout("well", status: ["phase": "Healthy"])])
        #expect(try await list(bench) == ["shop/web": "stuck"])
        #expect(try await list(bench, all: true) == ["shop/web": "stuck", "shop/well": "Healthy"])
    }

    /// Rollouts that are Degraded for other reasons have no row but are counted; a named Rollout is always shown.
    @Test func whatIsLeftOutIsCounted() async throws {
        let bench = Bench([
            .rollout(), .rollout("well", status: ["phase": "Healthy"]),
            .rollout("mute", status: ["message": "something else", "conditions": [String]()]),
        ])
        let list = ListRollouts(bench.api, rule: HealRule())
        let result = try await list.list(Scope(namespace: nil))
        #expect(result.found.map(\.name) == ["web"] && result.leftOut == LeftOut(degraded: 1))
        let everything = try await ListRollouts(bench.api, rule: HealRule(), all: true).list(Scope(namespace: nil))
        #expect(everything.found.count == 3 && everything.leftOut.isEmpty)
        let named = try await list.list(Scope(namespace: "shop", names: ["mute", "well"]))
        #expect(named.found.map(\.name) == ["mute", "well"] && named.leftOut.isEmpty)
        let read = try await RestartRollouts(bench.api, rule: HealRule()).candidates(Scope(namespace: nil))
        #expect(read.found.map(\.metadata.name) == ["web"] && read.otherDegraded == 1)
    }

    @Test func aMissingNameDoesNotHideTheOthers() async throws {
        let bench = Bench([.rollout()])
        let result = try await ListRollouts(bench.api, rule: HealRule()).list(
            Scope(namespace: "shop", names: ["gone", "web"]))
        #expect(result.found.map(\.name) == ["web"])
        #expect(result.failures.map(\.name) == ["gone"])
        // The fake has no namespaces, so the error is about the namespace.
        if case .api(.status(let status)) = result.failures[0].error {
            #expect(status.message == "namespaces \"shop\" not found")
        }
    }

    @Test func aNamespaceWhoseReplicaSetsCannotBeReadDoesNotHideTheOthers() async throws {
        let bench = Bench([.rollout(), .rollout("a", namespace: "sick"), .rollout("b", namespace: "sick")]) {
            request, _ in
            request.url.contains("/sick/replicasets")
                ? .success(FakeCluster.failure(500, "InternalError", "etcd is gone")) : nil
        }
        let result = try await ListRollouts(bench.api, rule: HealRule()).list(Scope(namespace: nil))
        #expect(result.found.map(\.name) == ["web"])
        let status = APIStatus(code: 500, reason: "InternalError", message: "etcd is gone")
        let ids = ["a", "b"].map { RolloutID(namespace: "sick", name: $0) }
        #expect(result.failures.map(\.error) == [.unjudged(ids, because: .api(.status(status)))])
        #expect(result.leftOut == LeftOut(unjudged: 2))
        let plan = try await RestartRollouts(bench.api, rule: HealRule())
            .plan(try await RestartRollouts(bench.api, rule: HealRule()).candidates(Scope(namespace: nil)).found)
        #expect(plan.due.map(\.metadata.name) == ["web"])
        #expect(plan.others.map(\.result) == [.failed(.api(.status(status))), .failed(.api(.status(status)))])
    }

    @Test func anUnreadableObjectIsNamedAndDoesNotHideTheOthers() async throws {
        let bench = Bench([.rollout(), .rollout("odd", spec: ["replicas": "many"])])
        let result = try await ListRollouts(bench.api, rule: HealRule()).list(Scope(namespace: nil))
        #expect(result.found.map(\.name) == ["web"])
        let error = RolloutHealError.undecodable(
            kind: "Rollout", name: "shop/odd", what: "spec.replicas is not a whole number")
        #expect(result.failures == [ReadRollouts.Failure(id: RolloutID(namespace: "shop", name: "odd"), error: error)])
    }
}

@Suite struct JudgeObjectsTests {
    private func judge(_ pieces: [String], namespace: String? = nil, all: Bool = false) throws -> [String: String] {
        var objects = JudgeObjects(file: "f", all: all, namespace: namespace)
        for piece in pieces { try objects.feed(Array(piece.utf8)) }
        return try objects.finish(HealRule(), now: now).found.reduce(into: [:]) {
            $0["\($1.namespace)/\($1.name)"] = $1.verdict?.word ?? $1.health.phase
        }
    }

    private func text(_ objects: [ObjectFixture]) -> String {
        String(decoding: ObjectFixture.list(objects, kind: "List"), as: UTF8.self)
    }

    private let objects: [ObjectFixture] = [
        .replicaSet(), .rollout(), ObjectFixture.rollout("ill").believing([.replicaSet(of: "ill", available: 1)]),
        .replicaSet(of: "ill", available: 1),
        .rollout("well", namespace: "other", status: ["phase": "Healthy"]),
        ObjectFixture(["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "x"]]),
    ]

    @Test func listsSingleObjectsAndDocuments() throws {
        let expected = ["shop/web": "stuck", "shop/ill": "unavailable"]
        let list = text(objects)
        let single = objects.map { String(decoding: $0.json, as: UTF8.self) }
        #expect(try judge([list]) == expected)
        #expect(try judge(list.map { String($0) }) == expected)
        #expect(try judge([single.joined(separator: "\n")]) == expected)
        #expect(try judge(["---\n" + single.joined(separator: "\n---\n")]) == expected)
        #expect(try judge(["# saved\n", list]) == expected)
        #expect(try judge([list], namespace: "other").isEmpty)
        #expect(try judge([list], namespace: "other", all: true) == ["other/well": "Healthy"])
    }

    /// A file without Rollouts is probably the wrong file: the error describes its contents.
    @Test(arguments: [
        ("", "it is empty: it contains no Rollout"), (" \n", "it is empty: it contains no Rollout"),
        ("null\n", "it contains no Rollout; it begins with: null"),
        ("[]", "it contains no Rollout; it begins with: []"), ("42", "it contains no Rollout; it begins with: 42"),
        (
            "error: the server doesn't have a resource type \"rollouts\"\n",
            "it contains no Rollout; it begins with: error: the server doesn't have a resource type \"rollouts\""
        ),
        ("No resources found\n", "it contains no Rollout; it begins with: No resources found"),
        (#"{"kind":"List","apiVersion":"v1","items":[]}"#, "it contains no Rollout: its list of items is empty"),
        (
            #"{"kind":"List","items":[{"kind":"Pod"},{"kind":"Pod"},{"kind":"Node"}]}"#,
            "it contains no Rollout, only Node, Pod (2)"
        ),
        ("kind: Rollout\napiVersion: apps/v1\n", "it contains no Rollout, only Rollout of apps/v1"),
        (
            "kind: Deployment\n---\nkind: ReplicaSet\napiVersion: apps/v1\nmetadata: {name: x}\n",
            "it contains no Rollout, only Deployment, ReplicaSet"
        ),
        (#"{"metadata":{"name":"x"}}"#, #"it contains no Rollout; it begins with: {"metadata":{"name":"x"}}"#),
    ])
    func aFileWithoutRolloutsIsAnError(text: String, reason: String) {
        #expect(throws: RolloutHealError.file(place: "f", reason: reason)) { try judge([text]) }
    }

    @Test func aNamespaceThatTheFileDoesNotHoldIsAnError() {
        let reason = "it contains no Rollout in namespace shopp, only in other, shop"
        #expect(throws: RolloutHealError.file(place: "f", reason: reason)) {
            try judge([text(objects)], namespace: "shopp")
        }
    }

    @Test(arguments: [
        ("a: [\n", "f:2:1"), ("- {kind: Rollout\n", "f:2:1"), ("{\"a\":", "f"), ("{\"a\":}}", "f"),
        ("kind: Rollout\napiVersion: argoproj.io/v1alpha1\nmetadata: {name: x}\nspec: {replicas: many}\n", "f:1:1"),
    ])
    func faultsHaveAPlace(text: String, place: String) {
        #expect {
            try judge([text])
        } throws: { error in
            if case .file(place, _)? = error as? RolloutHealError { true } else { false }
        }
    }

    /// Judging live objects and saved ones must give the same result.
    @Test func judgedLiveAndSavedIsTheSame() async throws {
        let bench = Bench(
            [.rollout(), ObjectFixture.rollout("ill").believing([.replicaSet(of: "ill", available: 1)])],
            replicaSets: [.replicaSet(), .replicaSet(of: "ill", available: 1)])
        let live = try await ListRollouts(bench.api, rule: HealRule()).list(Scope(namespace: nil)).found
        var saved = JudgeObjects(file: "f", all: false, namespace: nil)
        let stored = [
            bench.cluster.object("rollouts", "shop/web"), bench.cluster.object("rollouts", "shop/ill"),
            .replicaSet(), .replicaSet(of: "ill", available: 1),
        ]
        try saved.feed(ObjectFixture.list(stored.compactMap { $0 }))
        #expect(try saved.finish(HealRule(), now: now).found == live)
    }
}
