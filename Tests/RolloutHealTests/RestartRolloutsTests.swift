import Formats
import HTTPTransport
import KubeClient
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// The use cases on a fake cluster, with a clock that sleeping advances.
struct Bench {
    let cluster: FakeCluster
    let time: ManualTime
    let api: RolloutAPI

    init(
        _ rollouts: [ObjectFixture], replicaSets: [ObjectFixture]? = nil, requestTimeout: Duration? = nil,
        time: ManualTime = ManualTime(),
        before: @escaping FakeCluster.Hook = { _, _ in nil }, hold: @escaping FakeCluster.Hold = { _, _ in nil },
        connect: @escaping @Sendable (HTTPRequest) async -> Void = { _ in }
    ) {
        self.time = time
        cluster = FakeCluster(
            rollouts: rollouts,
            replicaSets: replicaSets ?? rollouts.map { .replicaSet(of: $0.name, namespace: $0.namespace).marked(60) },
            before: before, hold: hold, connect: connect)
        var connection = ClusterConnection(clusterName: "c", server: ServerURL(host: "h"))
        connection.requestTimeout = requestTimeout
        let client = KubeClient(
            connection: connection, transport: cluster,
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
            }, time: time.source, userAgent: "test/1")
        api = RolloutAPI(client: client, time: time.source)
    }

    /// Restarts like the command; returns the outcomes by name.
    func restart(
        _ rule: HealRule = HealRule(), names: [String] = [], labelSelector: String? = nil,
        application: Scope.Application? = nil,
        dryRun: RestartOutcome.DryRun = .none, settle: Duration = .zero, refreshing: HealRollouts? = nil
    ) async throws -> [String: RestartOutcome.Result] {
        let restart = RestartRollouts(api, rule: rule, settle: settle, dryRun: dryRun, refreshing: refreshing)
        let outcomes = Mutex<[String: RestartOutcome.Result]>([:])
        let scope = Scope(namespace: "shop", labelSelector: labelSelector, names: names, application: application)
        let read = try await restart.candidates(scope)
        for failure in read.failures { outcomes.withLock { $0[failure.name] = .failed(failure.error) } }
        try await restart.restart(read.found, of: scope) { outcome in
            outcomes.withLock { $0[outcome.name] = outcome.result }
        }
        return outcomes.withLock { $0 }
    }

    var patches: [HTTPRequest] { cluster.requests(.patch, "rollouts") }

    static let restarted = restarted(8)
    /// The outcome of a client-side dry run, which creates no new generation.
    static let wouldBeRestarted = restarted(7)

    private static func restarted(_ generation: Int64) -> RestartOutcome.Result {
        .restarted(at: Timestamp(secondsSince1970: ObjectFixture.now), attempt: 1, generation: generation)
    }
}

extension RestartOutcome.Result {
    var skipped: String? {
        if case .skipped(let skip) = self { skip.word } else { nil }
    }
}

/// Counts the calls of a hook.
final class Counter: Sendable {
    private let value = Atomic(0)

    /// Increments the counter and returns the previous value.
    func next() -> Int { value.wrappingAdd(1, ordering: .relaxed).oldValue }
}

@Suite struct RestartRolloutsTests {
    @Test func eachThatIsDueIsPatchedOnce() async throws {
        let bench = Bench([.rollout("api"), .rollout("web"), .rollout("well", status: ["phase": "Healthy"])])
        #expect(try await bench.restart() == ["api": Bench.restarted, "web": Bench.restarted])
        #expect(bench.patches.count == 2)
        let again = try await bench.restart()
        #expect(again.values.allSatisfy { $0.skipped == "restart-pending" })
        #expect(again.count == 2)
        #expect(bench.patches.count == 2)
    }

    @Test func theEvidenceIsReadAfterTheRolloutAndBeforeThePatch() async throws {
        let bench = Bench([.rollout()])
        _ = try await bench.restart()
        #expect(bench.cluster.requests.map { $0.method.rawValue } == ["GET", "GET", "GET", "PATCH"])
        let asked = bench.cluster.requests[1].url
        #expect(asked.contains("/namespaces/shop/replicasets?labelSelector=app%3Dweb%2Crollouts-pod-template-hash"))
        #expect(!bench.cluster.requests[1].url.contains("resourceVersion"))
        #expect(bench.cluster.requests[2].url.contains("/policy/v1/namespaces/shop/poddisruptionbudgets"))
    }

    @Test func aReplicaSetThatIsAnothersProvesNothing() async throws {
        let stranger = ObjectFixture.replicaSet(of: "web", namespace: "shop")
            .merging(["metadata": ["ownerReferences": [["uid": "uid-of-another"]]]])
        let bench = Bench([ObjectFixture.rollout().believing([])], replicaSets: [stranger])
        let verdict = try await ListRollouts(bench.api, rule: HealRule()).list(Scope(namespace: "shop")).found[0]
            .verdict
        #expect(verdict?.diagnosis == .unproven)
        #expect(bench.cluster.requests(.get, "replicasets").count == 1)
    }

    @Test func podsLostBetweenTheLooksPreventIt() async throws {
        let bench = Bench([.rollout()]) { request, cluster in
            if request.url.contains("replicasets") {
                let written = [ObjectFixture.written("f:status", 0)]
                cluster.change(
                    "replicasets", "shop/web-7d9f5c",
                    ["status": ["availableReplicas": 4], "metadata": ["managedFields": written]])
            }
            return nil
        }
        #expect(try await bench.restart()["web"]?.skipped == "unsettled")
        #expect(bench.patches.isEmpty)
    }

    @Test func aConflictIsJudgedAnew() async throws {
        let moves = Counter()
        let moving = Bench([.rollout()]) { request, cluster in
            if request.method == .patch, moves.next() == 0 {
                cluster.change("rollouts", "shop/web", ["spec": ["paused": true]])
            }
            return nil
        }
        #expect(try await moving.restart()["web"]?.skipped == "paused")
        #expect(moving.patches.count == 1)

        let heals = Counter()
        let healed = Bench([.rollout()]) { request, cluster in
            if request.method == .patch, heals.next() == 0 {
                cluster.change("rollouts", "shop/web", ["status": ["phase": "Healthy"]])
            }
            return nil
        }
        #expect(try await healed.restart()["web"]?.skipped == "Healthy")
        #expect(healed.patches.count == 1)
    }

    @Test func whatNeverRestsIsGivenUp() async throws {
        let bench = Bench([.rollout()]) { request, cluster in
            if request.method == .patch { cluster.change("rollouts", "shop/web", ["metadata": ["labels": ["a": "b"]]]) }
            return nil
        }
        #expect(try await bench.restart()["web"] == .failed(.keepsChanging(name: "web", tries: 5)))
        #expect(bench.patches.count == 5)
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt == nil)
    }

    @Test func aLostAnswerIsLookedUp() async throws {
        let carriedOut = Bench([.rollout()]) { request, cluster in
            guard request.method == .patch else { return nil }
            _ = cluster.answer(request)
            return .failure(.connectionLost("EOF"))
        }
        #expect(try await carriedOut.restart()["web"] == Bench.restarted)
        #expect(carriedOut.patches.count == 1)

        let losses = Counter()
        let lost = Bench([.rollout()]) { request, _ in
            request.method == .patch && losses.next() == 0 ? .failure(.connectionLost("EOF")) : nil
        }
        guard case .restarted? = try await lost.restart()["web"] else {
            Issue.record("it was not restarted")
            return
        }
        #expect(lost.patches.count == 2)
    }

    /// The patch is stored so late that another evidence read comes first.
    @Test(arguments: Policy.allCases)
    func aPatchThatLandsLateIsKnownForOurs(policy: Policy) async throws {
        let held = Mutex<HTTPRequest?>(nil)
        let reads = Counter()
        let bench = Bench([.rollout()]) { request, cluster in
            if request.method == .patch {
                held.withLock { $0 = request }
                return .failure(.connectionLost("EOF"))
            }
            if request.url.hasSuffix("/rollouts/web"), reads.next() == 1, let patch = held.withLock({ $0 }) {
                _ = cluster.answer(patch)
                cluster.change("rollouts", "shop/web", ["status": ["observedGeneration": "99"]])
            }
            return nil
        }
        #expect(try await bench.restart(HealRule(policy: policy)) == ["web": Bench.restarted])
        #expect(bench.patches.count == 1)
    }

    @Test func whatMayHaveBeenMadeIsSaidToBeSo() async throws {
        let bench = Bench([.rollout()]) { request, _ in
            request.method == .patch || request.url.hasSuffix("/rollouts/web") ? .failure(.connectionLost("EOF")) : nil
        }
        guard
            case .failed(.outcomeUnknown(_, because: .api(.transport(.connectionLost, _))))? =
                try await bench.restart()[
                    "web"]
        else {
            Issue.record("it is not said")
            return
        }
        #expect(bench.patches.count == 1)
    }

    /// A time that may be wrong is neither written nor compared with.
    @Test(arguments: ["Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"])
    func clocksThatAreDaysApartAreNotTrusted(date: String) async throws {
        let bench = Bench([.rollout()]) { request, cluster in
            var answer = cluster.answer(request)
            answer.headers = ["Date": date, "Content-Type": "application/json"]
            return .success(answer)
        }
        guard case .failed(.clocksApart)? = try await bench.restart()["web"] else {
            Issue.record("it was restarted")
            return
        }
        #expect(bench.patches.isEmpty)
    }

    @Test func aFailingServerIsReportedInItsWords() async throws {
        let bench = Bench([.rollout("api"), .rollout("web")]) { request, _ in
            request.method == .patch && request.url.contains("/rollouts/api?")
                ? .success(FakeCluster.failure(500, "InternalError", "etcd is gone")) : nil
        }
        let outcomes = try await bench.restart()
        // By the server's clock, which advances while the other one is retried.
        guard case .restarted(_, attempt: 1, _)? = outcomes["web"] else {
            Issue.record("web: \(outcomes)")
            return
        }
        let status = APIStatus(code: 500, reason: "InternalError", message: "etcd is gone")
        #expect(
            outcomes["api"]
                == .failed(
                    .outcomeUnknown(of: RolloutID(namespace: "shop", name: "api"), because: .api(.status(status)))))
    }

    @Test func anObjectMadeAnewIsJudgedAnew() async throws {
        let moves = Counter()
        let bench = Bench([.rollout()]) { request, cluster in
            if request.method == .patch, moves.next() == 0 {
                cluster.change("rollouts", "shop/web", ["metadata": ["uid": "another"]])
                let stored = cluster.object("rollouts", "shop/web")
                if let stored { cluster.put(stored.believing([]), as: "rollouts") }
            }
            return nil
        }
        // Its ReplicaSet belongs to the old object, so there is no evidence.
        guard case .restarted? = try await bench.restart(HealRule(allowsUnproven: true))["web"] else {
            Issue.record("it was not judged anew")
            return
        }
        #expect(bench.patches.count == 2)
    }

    @Test func deletedMeanwhileIsNotFound() async throws {
        let bench = Bench([.rollout()]) { request, cluster in
            if request.method == .patch { cluster.remove("rollouts", "shop/web") }
            return nil
        }
        guard case .failed(.api(.status(let status)))? = try await bench.restart()["web"] else {
            Issue.record("it did not fail")
            return
        }
        #expect(status.code == 404)
    }

    @Test func withoutTheRightToReadReplicaSetsItIsUnproven() async throws {
        let bench = Bench([.rollout()]) { request, _ in
            request.url.contains("replicasets") ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        #expect(try await bench.restart()["web"]?.skipped == "unproven")
        #expect(try await bench.restart(HealRule(allowsUnproven: true))["web"] == Bench.restarted)
    }

    @Test func otherErrorsOfReplicaSetsAreErrors() async throws {
        let bench = Bench([.rollout()]) { request, _ in
            request.url.contains("replicasets") ? .success(FakeCluster.failure(500, "InternalError", "x")) : nil
        }
        guard case .failed? = try await bench.restart()["web"] else {
            Issue.record("it was taken for unproven")
            return
        }
        #expect(bench.patches.isEmpty)
    }

    @Test func theOriginalRuleReadsNoReplicaSets() async throws {
        let bench = Bench([.rollout(spec: ["paused": true])])
        #expect(try await bench.restart(HealRule(policy: .rule))["web"] == Bench.restarted)
        #expect(bench.cluster.requests(.get, "replicasets").isEmpty)
    }

    @Test func dryRunsSendNothingThatStays() async throws {
        let bench = Bench([.rollout()])
        #expect(try await bench.restart(dryRun: .client)["web"] == Bench.wouldBeRestarted)
        #expect(bench.patches.isEmpty)
        #expect(try await bench.restart(dryRun: .server)["web"] == Bench.restarted)
        #expect(bench.patches.count == 1 && bench.patches[0].url.contains("dryRun=All"))
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt == nil)
    }

    @Test func namesAreTakenOneByOne() async throws {
        let bench = Bench([.rollout(), .rollout("well", status: ["phase": "Healthy", "message": ""])])
        let outcomes = try await bench.restart(names: ["gone", "web", "well"])
        #expect(outcomes["web"] == Bench.restarted)
        #expect(outcomes["well"]?.skipped == "Healthy")
        if case .failed? = outcomes["gone"] {} else { Issue.record("a missing name is no error") }
        #expect(bench.patches.count == 1)
    }
}

@Suite struct SettlingTests {
    private func young(_ changes: [String: Any] = [:]) -> ObjectFixture {
        let conditions = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 20)]
        return .rollout(status: ["conditions": conditions].merging(changes) { $1 })
    }

    /// Regardless of how long ago it timed out.
    @Test func aTimeOutIsLookedAtTwice() async throws {
        for timedOut in [young(), .rollout()] {
            let bench = Bench([timedOut], replicaSets: [.replicaSet().marked(1)])
            guard case .restarted? = try await bench.restart(settle: .seconds(60))["web"] else {
                Issue.record("it was not restarted")
                return
            }
            #expect(bench.time.sleeps.reduce(.zero, +) == .seconds(60))
            #expect(bench.cluster.requests(.get, "replicasets").count == 3)
        }
    }

    @Test func aDryRunWaitsForNothing() async throws {
        let bench = Bench([.rollout()])
        #expect(try await bench.restart(dryRun: .client, settle: .seconds(60))["web"] == Bench.wouldBeRestarted)
        #expect(bench.time.sleeps.isEmpty)
    }

    @Test func oneThatPassesOrMovesIsLeftAlone() async throws {
        for (changes, word) in [
            (["phase": "Healthy"] as [String: any Sendable], "Healthy"),
            (
                [
                    "currentPodHash": "newer", "stableRS": "newer", "updatedReplicas": 0,
                    "blueGreen": ["activeSelector": "newer"],
                ], "unproven"
            ),
        ] {
            let bench = Bench([young()], replicaSets: [.replicaSet().marked(1)]) { request, cluster in
                if request.method == .get, request.url.hasSuffix("/rollouts/web") {
                    cluster.change("rollouts", "shop/web", ["status": changes])
                }
                return nil
            }
            #expect(try await bench.restart(settle: .seconds(60))["web"]?.skipped == word)
            #expect(bench.patches.isEmpty)
        }
    }

    @Test func theOriginalRuleDoesNotWait() async throws {
        let bench = Bench([young()])
        _ = try await bench.restart(HealRule(policy: .rule))
        #expect(bench.time.sleeps.isEmpty && bench.patches.count == 1)
    }

    @Test func whatIsBeingScaledIsLookedAtThreeTimesMore() async throws {
        let scaling = ObjectFixture.replicaSet(generation: 4).marked(60)
        let bench = Bench([.rollout()], replicaSets: [scaling])
        #expect(try await bench.restart()["web"]?.skipped == "unsettled")
        #expect(bench.time.sleeps == [.seconds(2), .seconds(2), .seconds(2)])

        let looks = Counter()
        let settles = Bench([.rollout()], replicaSets: [scaling]) { request, cluster in
            if request.url.contains("replicasets"), looks.next() == 1 {
                cluster.change("replicasets", "shop/web-7d9f5c", ["status": ["observedGeneration": 4]])
            }
            return nil
        }
        guard case .restarted? = try await settles.restart()["web"] else {
            Issue.record("it did not settle")
            return
        }
    }
}

extension ObjectFixture {
    var restartAt: String? { (fields["spec"] as? [String: Any])?["restartAt"] as? String }
}
