import Foundation
import HTTPTransport
import KubeClient
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// What a server with these objects, and these rights, makes `doctor` say.
final class DoctorStage: Sendable {
    typealias Objects = [String: [[String: Any]]]

    private struct State: @unchecked Sendable {
        var objects: Objects
    }

    private let state: Mutex<State>
    /// `VERB RESOURCE`, as `patch replicasets/status`, that the user does not have.
    private let denied: Set<String>
    /// Parts of URLs that are answered with 403.
    private let forbidden: [String]
    let asked = Mutex<[HTTPRequest]>([])
    let time: ManualTime

    /// - Parameter ahead: by how many seconds this machine's clock is ahead of the server's.
    init(_ objects: Objects = [:], denied: Set<String> = [], forbidden: [String] = [], ahead: Int64 = 0) {
        time = ManualTime(start: ObjectFixture.now + ahead)
        state = Mutex(State(objects: objects))
        self.denied = denied
        self.forbidden = forbidden
    }

    var answers: FakeCluster.Hook {
        { [self] request, _ in .success(answer(request)) }
    }

    private func answer(_ request: HTTPRequest) -> HTTPResponse {
        asked.withLock { $0.append(request) }
        let url = URLComponents(string: request.url)
        let path = url?.path ?? ""
        if forbidden.contains(where: { path.contains($0) }) {
            return FakeCluster.failure(403, "Forbidden", "you may not")
        }
        func json(_ fields: [String: Any]) -> HTTPResponse { FakeCluster.json(ObjectFixture(fields).json) }
        switch path {
        case "/version": return json(["gitVersion": "v1.29.3"])
        case "/apis/argoproj.io":
            let isThere = state.withLock { $0.objects["crd"] == nil }
            return isThere ? json(["versions": [["version": "v1alpha1"]]]) : FakeCluster.failure(404, "NotFound", "no")
        case "/apis/argoproj.io/v1alpha1":
            return json(["resources": [["name": "rollouts"], ["name": "rollouts/status"]]])
        default: break
        }
        if request.method == .post, path.hasSuffix("subjectaccessreviews") {
            let body = (try? JSONSerialization.jsonObject(with: Data(request.body ?? []))) as? [String: Any]
            let spec = body?["spec"] as? [String: Any]
            let asked = spec?["resourceAttributes"] as? [String: Any]
            let subresource = (asked?["subresource"] as? String).map { "/\($0)" } ?? ""
            let right = "\(asked?["verb"] ?? "") \(asked?["resource"] ?? "")\(subresource)"
            let who = (spec?["user"] as? String).map { " as \($0)" } ?? ""
            return json(["status": ["allowed": !denied.contains(right + who)]])
        }
        return objects(path, url?.queryItems ?? [])
    }

    private func objects(_ path: String, _ query: [URLQueryItem]) -> HTTPResponse {
        let parts = path.split(separator: "/").map(String.init)
        let place = parts.firstIndex(of: "namespaces")
        let namespace = place.map { parts[$0 + 1] }
        let rest = place.map { Array(parts[($0 + 2)...]) } ?? Array(parts.dropFirst(parts[0] == "api" ? 2 : 3))
        let stored = state.withLock { $0.objects[rest[0]] ?? [] }
        func metadata(_ object: [String: Any]) -> [String: Any] { object["metadata"] as? [String: Any] ?? [:] }
        let here = stored.filter { namespace == nil || metadata($0)["namespace"] as? String == namespace }
        if rest.count > 1 {
            guard let found = here.first(where: { metadata($0)["name"] as? String == rest[1] }) else {
                return FakeCluster.failure(404, "NotFound", "\(rest[0]) \"\(rest[1])\" not found")
            }
            return FakeCluster.json(ObjectFixture(found).json)
        }
        let selector = query.first { $0.name == "labelSelector" }?.value ?? ""
        let labels = selector.split(separator: ",").map { $0.split(separator: "=").map(String.init) }
        let found = here.filter { object in
            let own = metadata(object)["labels"] as? [String: String] ?? [:]
            return labels.allSatisfy { own[$0[0]] == $0[1] }
        }
        return FakeCluster.json(ObjectFixture.list(found.map { ObjectFixture($0) }))
    }

    func checks(
        namespace: String? = nil, modes: [DoctorMode] = DoctorMode.allCases,
        flags: NamespaceFlags = NamespaceFlags(), ofOurs arguments: OwnArguments = DoctorStage.watching
    ) async throws -> [Check] {
        let bench = Bench([], time: time, before: answers)
        let options = Doctor.Options(namespace: namespace, modes: modes, flags: flags, version: "v0.1.0") { _, _ in
            .read(arguments)
        }
        return try await Doctor(bench.api, options).checks()
    }

    // MARK: Objects

    static func workload(
        _ name: String, in namespace: String, image: String, args: [String] = [], labels: [String: String],
        available: Int = 1, command: [String] = []
    ) -> [String: Any] {
        [
            "metadata": ["name": name, "namespace": namespace, "labels": labels],
            "spec": [
                "replicas": 1, "selector": ["matchLabels": ["app": name]],
                "template": [
                    "spec": [
                        "serviceAccountName": name,
                        "containers": [["name": "main", "image": image, "command": command, "args": args]],
                    ]
                ],
            ], "status": available > 0 ? ["availableReplicas": available] : [String: Int](),
        ]
    }

    static func controller(
        _ image: String, args: [String] = [], name: String = "argo-rollouts", available: Int = 1,
        command: [String] = []
    ) -> [String: Any] {
        workload(
            name, in: "argo-rollouts", image: image, args: args,
            labels: ["app.kubernetes.io/name": "argo-rollouts", "app.kubernetes.io/component": "rollouts-controller"],
            available: available, command: command)
    }

    static func ours(_ image: String) -> [String: Any] {
        workload(
            "rollout-heal-watch", in: "rollout-heal", image: image, labels: ["app.kubernetes.io/name": "rollout-heal"])
    }

    /// `watch --heal --all-namespaces --leader-elect`.
    static let watching = OwnArguments(
        mode: .watchHeal, namespace: nil, lease: .init(namespace: "rollout-heal", name: "rollout-heal"))
}

@Suite struct DoctorTests {
    func first(_ topic: Check.Topic, _ checks: [Check]) throws -> Check {
        try #require(checks.first { $0.topic == topic }, "\(checks)")
    }

    @Test func aClusterInOrder() async throws {
        let stage = DoctorStage([
            "deployments": [DoctorStage.controller("registry.test/argoproj/argo-rollouts:v1.10.0")]
        ])
        let checks = try await stage.checks()
        #expect(checks.allSatisfy { $0.status == .ok }, "\(checks)")
        #expect(checks[0].message == "Kubernetes v1.29.3")
        #expect(try first(.definition, checks).message == "rollouts.argoproj.io is served in v1alpha1")
        #expect(checks.filter { $0.topic == .rights }.map(\.subject) == DoctorMode.allCases.map(\.rawValue))
        #expect(try first(.controller, checks).version == ControllerVersion(1, 10, 0))
        // Questions about access are the only requests that are no reads.
        let writes = stage.asked.withLock { $0 }.filter { $0.method != .get }
        #expect(writes.allSatisfy { $0.url.contains("/selfsubjectaccessreviews") } && !writes.isEmpty)
    }

    @Test func anOldControllerHasFaultsAndACure() async throws {
        let pods: [[String: Any]] = [2, 3].map { count in
            [
                "metadata": ["name": "p\(count)", "namespace": "argo-rollouts", "labels": ["app": "argo-rollouts"]],
                "status": ["containerStatuses": [["name": "main", "restartCount": count]]],
            ]
        }
        let stage = DoctorStage([
            "deployments": [
                DoctorStage.controller(
                    "registry.test/argoproj/argo-rollouts:v1.7.1", args: ["--instance-id", "blue", "--namespaced"])
            ], "pods": pods,
        ])
        let check = try first(.controller, try await stage.checks())
        #expect(check.status == .warning && check.subject == "argo-rollouts/argo-rollouts")
        #expect(check.faults.map(\.name).contains("stale-current-replicaset"))
        #expect(check.message.hasPrefix("v1.7.1 has 4 known faults: "))
        #expect(check.message.contains("5 restarts") && check.message.contains("--instance-id blue"))
        #expect(check.message.contains("only its own namespace"))
        let cure =
            "upgrade argo-rollouts: v1.8.0 or later has only stale-rollout, v1.10.0-rc1 or later has none of them"
        #expect(check.remedy == cure)
    }

    @Test(arguments: ["argo-rollouts@sha256:abc", "argo-rollouts:latest", "acme/fork:v1.7.1", "argo-rollouts:v1.9.7"])
    func aVersionThatIsUnknownIsSaidToBe(image: String) async throws {
        let check = try first(
            .controller, try await DoctorStage(["deployments": [DoctorStage.controller(image)]]).checks())
        #expect(check.status == .unknown && check.faults.isEmpty && check.message.contains(image))
        #expect(check.remedy?.contains("v1.10.0-rc1") == true)
    }

    @Test func controllersThatAreMissingHiddenBrokenOrTwo() async throws {
        #expect(try first(.controller, try await DoctorStage().checks()).status == .warning)
        let hidden = try first(.controller, try await DoctorStage(forbidden: ["/deployments"]).checks())
        #expect(hidden.status == .unknown && hidden.message.contains("cannot be listed"))
        let broken = DoctorStage(["deployments": [DoctorStage.controller("argo-rollouts:v1.10.0", available: 0)]])
        #expect(try first(.controller, try await broken.checks()).status == .problem)
        let two = DoctorStage([
            "deployments": ["a", "b"].map { DoctorStage.controller("argo-rollouts:v1.10.0", name: $0) }
        ])
        let rivals = try await two.checks().filter { $0.topic == .controller && $0.subject == nil }
        #expect(rivals.map(\.status) == [.warning] && rivals[0].message.contains("argo-rollouts/a and argo-rollouts/b"))
    }

    @Test func theDashboardIsNoController() async throws {
        var dashboard = DoctorStage.controller("argo-rollouts-dashboard:v1.7.1", name: "dashboard")
        dashboard["metadata"] = [
            "name": "dashboard", "namespace": "argo-rollouts",
            "labels": ["app.kubernetes.io/name": "argo-rollouts", "app.kubernetes.io/component": "rollouts-dashboard"],
        ]
        let stage = DoctorStage(["deployments": [dashboard, DoctorStage.controller("argo-rollouts:v1.10.0")]])
        #expect(
            try await stage.checks().filter { $0.topic == .controller }.map(\.subject) == [
                "argo-rollouts/argo-rollouts"
            ])
    }

    /// Without the right to list Deployments everywhere, the usual namespace is tried.
    @Test func theUsualNamespaceIsTried() async throws {
        let stage = DoctorStage(
            ["deployments": [DoctorStage.controller("argo-rollouts:v1.8.3")]], forbidden: ["/apis/apps/v1/deployments"])
        #expect(try first(.controller, try await stage.checks()).version == ControllerVersion(1, 8, 3))
    }

    // MARK: Rights

    @Test func aMissingRightIsAProblemOfTheModesThatNeedIt() async throws {
        let checks = try await DoctorStage(denied: ["patch replicasets/status"]).checks(namespace: "shop")
        let rights = checks.filter { $0.topic == .rights }
        #expect(rights.map(\.status) == [.ok, .ok, .problem, .problem])
        #expect(rights.map(\.isDenied) == [false, false, true, true])
        #expect(rights[2].message == "heal, refresh, restart: missing in namespace shop: patch replicasets/status")
    }

    @Test func anOptionalRightIsAWarningThatSaysWhatIsLost() async throws {
        let denied: Set = ["list pods", "create events"]
        let checks = try await DoctorStage(denied: denied).checks(modes: [.heal])
        let rights = try #require(checks.first { $0.topic == .rights })
        #expect(rights.status == .warning && !rights.isDenied)
        #expect(rights.message.contains("create events (without it, steps are not recorded as Events)"))
        #expect(rights.message.contains("in all namespaces"))
    }

    @Test func rightsThatCannotBeAskedForAreUnknown() async throws {
        let checks = try await DoctorStage(forbidden: ["subjectaccessreviews"]).checks()
        #expect(checks.filter { $0.topic == .rights }.allSatisfy { $0.status == .unknown })
    }

    // MARK: The server

    @Test func aServerThatIsNotThereEndsIt() async throws {
        let options = Doctor.Options(namespace: nil, version: "v0.1.0") { _, _ in .foreign }
        let bench = Bench([]) { _, _ in .failure(.connectionRefused(host: "h", port: 6443)) }
        let checks = try await Doctor(bench.api, options).checks()
        #expect(checks.map(\.topic) == [.server] && checks[0].status == .problem && checks[0].remedy != nil)
        let stranger = Bench([]) { _, _ in .success(FakeCluster.failure(401, "Unauthorized", "no")) }
        let unknown = try await Doctor(stranger.api, options).checks()
        #expect(unknown.map(\.isDenied) == [true])
    }

    @Test func aVersionThatMayNotBeReadDoesNotEndIt() async throws {
        let checks = try await DoctorStage(forbidden: ["/version"]).checks()
        #expect(checks[0].status == .unknown && checks.count > 3)
    }

    @Test func withoutTheDefinitionArgoRolloutsIsNotInstalled() async throws {
        let check = try first(.definition, try await DoctorStage(["crd": []]).checks())
        #expect(check.status == .problem && check.remedy?.contains("install Argo Rollouts") == true)
        let hidden = try first(.definition, try await DoctorStage(forbidden: ["/apis/argoproj.io"]).checks())
        #expect(hidden.status == .unknown)
    }

    // MARK: Our own installation

    private func lease(_ holder: String, renewed: Int64) -> [String: Any] {
        [
            "metadata": ["name": "rollout-heal", "namespace": "rollout-heal"],
            "spec": [
                "holderIdentity": holder, "leaseDurationSeconds": 15,
                "renewTime": ObjectFixture.ago(renewed).replacingOccurrences(of: "Z", with: ".000000Z"),
            ],
        ]
    }

    @Test func anInstallationInOrder() async throws {
        let stage = DoctorStage([
            "deployments": [DoctorStage.ours("kubectl-rollout-heal:v0.1.0")],
            "leases": [lease("pod-1", renewed: 3)],
        ])
        let checks = try await stage.checks()
        #expect(try first(.installation, checks).message == "runs v0.1.0")
        #expect(try first(.account, checks).status == .ok)
        #expect(try first(.lease, checks).message == "held by pod-1")
        let reviews = stage.asked.withLock { $0 }.filter {
            $0.url.hasSuffix("/subjectaccessreviews?fieldManager=rollout-heal")
        }
        #expect(!reviews.isEmpty)
        #expect(
            reviews.allSatisfy {
                String(decoding: $0.body ?? [], as: UTF8.self).contains(
                    "system:serviceaccount:rollout-heal:rollout-heal-watch")
            })
    }

    @Test func anOldInstallationWithoutARightAndALeaseThatNobodyRenews() async throws {
        let account = "system:serviceaccount:rollout-heal:rollout-heal-watch"
        let stage = DoctorStage(
            [
                "deployments": [DoctorStage.ours("registry.test:5000/x/kubectl-rollout-heal:v0.0.9@sha256:a")],
                "leases": [lease("pod-1", renewed: 600)],
            ], denied: ["patch replicasets/status as \(account)"])
        let checks = try await stage.checks()
        #expect(try first(.installation, checks).message == "runs v0.0.9, older than this program, v0.1.0")
        let rights = try first(.account, checks)
        #expect(rights.status == .problem && !rights.isDenied && rights.message.contains("patch replicasets/status"))
        #expect(checks.filter { $0.topic == .rights }.allSatisfy { $0.status == .ok })
        #expect(try first(.lease, checks).status == .problem)
        #expect(try first(.lease, checks).message.contains("last renewed it 10m ago"))
    }

    @Test func leasesThatAreMissingFreeOrHidden() async throws {
        func stage(_ leases: [[String: Any]], forbidden: [String] = []) -> DoctorStage {
            let ours = DoctorStage.ours("kubectl-rollout-heal:v0.1.0")
            return DoctorStage(["deployments": [ours], "leases": leases], forbidden: forbidden)
        }
        #expect(try first(.lease, try await stage([]).checks()).status == .problem)
        #expect(try first(.lease, try await stage([lease("", renewed: 1)]).checks()).status == .warning)
        #expect(try first(.lease, try await stage([], forbidden: ["/leases"]).checks()).status == .unknown)
    }

    @Test func whatMayNotBeAskedAboutAnAccountIsUnknown() async throws {
        let ours = DoctorStage.ours("kubectl-rollout-heal:latest")
        let stage = DoctorStage(["deployments": [ours]], forbidden: ["/subjectaccessreviews"])
        let checks = try await stage.checks(ofOurs: OwnArguments(mode: .watch, namespace: nil))
        #expect(try first(.account, checks).status == .unknown)
        #expect(try first(.installation, checks).status == .unknown)
        #expect(!checks.contains { $0.topic == .lease })
        #expect(checks.filter { $0.topic == .rights }.allSatisfy { $0.status == .ok })
    }

    // MARK: Webhooks

    private var source: [String: Any] {
        [
            "metadata": [
                "name": "rollout-heal", "namespace": "argo-events",
                "labels": ["app.kubernetes.io/name": "rollout-heal"],
            ],
            "spec": ["webhook": ["degraded": ["authSecret": ["name": "rollout-heal-webhook", "key": "token"]]]],
        ]
    }

    private func secret(_ key: String) -> [String: Any] {
        [
            "metadata": ["name": "rollout-heal-webhook", "namespace": "argo-events"],
            "data": [key: "c2VjcmV0LXRva2Vu"],
        ]
    }

    @Test func theSecretOfTheWebhook() async throws {
        func stage(_ secrets: [String], forbidden: [String] = []) -> DoctorStage {
            DoctorStage(["eventsources": [source], "secrets": secrets.map(secret)], forbidden: forbidden)
        }
        let there = try first(.webhook, try await stage(["token"]).checks())
        #expect(there.status == .ok && !there.message.contains("c2VjcmV0"))
        let wrong = try first(.webhook, try await stage(["other"]).checks())
        #expect(wrong.status == .problem && wrong.message.contains("has no key token"))
        let none = try first(.webhook, try await stage([]).checks())
        #expect(none.status == .problem && none.message.contains("does not exist"))
        let hidden = try first(.webhook, try await stage(["token"], forbidden: ["/secrets/"]).checks())
        #expect(hidden.status == .unknown)
    }

    @Test func aWebhookWithoutASecretIsOpenToAll() async throws {
        var open = source
        open["spec"] = ["webhook": ["degraded": ["port": "12000"]]]
        let check = try first(.webhook, try await DoctorStage(["eventsources": [open]]).checks())
        #expect(check.status == .warning && check.message.contains("every pod may call it"))
    }

    // MARK: Clock

    @Test(
        arguments: [(0, .ok), (5, .ok), (90, .warning), (-90, .warning), (100_000, .problem)] as [(Int64, Check.Status)]
    )
    func theClock(seconds: Int64, status: Check.Status) async throws {
        let check = try first(.clock, try await DoctorStage(ahead: seconds).checks())
        #expect(check.status == status, "\(check)")
        // The first response may be a refusal, whose time does not count.
        let later = try await DoctorStage(forbidden: ["/version"], ahead: seconds).checks()
        #expect(try first(.clock, later).status == status && later[1].topic == .clock, "\(later)")
    }

    @Test func aClockThatWasNeverSeenIsUnknown() async throws {
        #expect(try first(.clock, try await DoctorStage(forbidden: ["/"], ahead: 90).checks()).status == .unknown)
    }
}
