import Foundation
import HTTPTransport
import TestSupport
import Testing

/// A namespace with the Rollout `web`, which a stand-in controls, and an account with selected rights there.
struct StaleViewStage {
    enum Right: CaseIterable {
        case patchStatus, patchRollouts

        fileprivate var rule: [String: [String]] {
            switch self {
            case .patchStatus: ["apiGroups": ["apps"], "resources": ["replicasets/status"], "verbs": ["patch"]]
            case .patchRollouts: ["apiGroups": ["argoproj.io"], "resources": ["rollouts"], "verbs": ["patch"]]
            }
        }
    }

    struct Rollout: Decodable {
        struct Metadata: Decodable {
            var generation: Int
            var labels: [String: String]?
        }
        struct Spec: Decodable {
            var replicas: Int
            var restartAt: String?
        }
        struct Status: Decodable {
            var observedGeneration: String?
            var phase: String?
            var message: String?
            var replicas: Int?
            var updatedReplicas: Int?
            var availableReplicas: Int?
            var restartedAt: String?
        }
        var metadata: Metadata
        var spec: Spec
        var status: Status?

        /// Whether it is Healthy, with its generation observed and all pods counted.
        var isWell: Bool {
            status?.phase == "Healthy" && status?.observedGeneration == "\(metadata.generation)"
                && [status?.replicas, status?.updatedReplicas, status?.availableReplicas]
                    .allSatisfy { $0 == spec.replicas }
        }

        var isTimedOut: Bool {
            status?.phase == "Degraded" && status?.message?.hasPrefix("ProgressDeadlineExceeded") == true
        }
    }

    struct ReplicaSet: Decodable {
        struct Metadata: Decodable {
            var name: String
            var annotations: [String: String]?
        }
        struct Counts: Decodable {
            var replicas: Int?
        }
        var metadata: Metadata
        var spec: Counts
        var status: Counts

        var mark: String? { metadata.annotations?["rollout-heal/refreshed"] }
        fileprivate var revision: Int { Int(metadata.annotations?["rollout.argoproj.io/revision"] ?? "") ?? 0 }
    }

    let cluster: TestCluster
    let standIn: StandIn
    let namespace: String
    /// The length of the audit log before the account was created.
    private let logged: UInt64
    /// The path of the account's kubeconfig.
    private let config: String

    init(_ prefix: String, _ standIn: StandIn? = StandIn.current, rights: Set<Right> = Set(Right.allCases)) async throws
    {
        cluster = try TestCluster()
        self.standIn = try #require(standIn)
        namespace = try await cluster.makeNamespace(prefix)
        config = "\(cluster.folder)/\(namespace).config"
        logged = try Self.log(of: cluster).seekToEnd()
        try await makeAccount(rights)
    }

    private func makeAccount(_ rights: Set<Right>) async throws {
        func post(_ path: String, _ body: [String: Any]) async throws -> [String: Any] {
            let answer = try await cluster.request(.post, path, ObjectFixture(body).json)
            guard answer.status == 201 else {
                throw TestCluster.Refused(path: path, answer: String(decoding: answer.body, as: UTF8.self))
            }
            return try cluster.object(answer.body)
        }
        let accounts = "/api/v1/namespaces/\(namespace)/serviceaccounts"
        let rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/\(namespace)"
        _ = try await post(accounts, ["metadata": ["name": "tester"]])
        let token = try await post("\(accounts)/tester/token", ["spec": [String: Any]()])["status"] as? [String: Any]
        let reads: [[String: [String]]] = [
            ["apiGroups": ["argoproj.io"], "resources": ["rollouts"], "verbs": ["get", "list", "watch"]],
            ["apiGroups": ["apps"], "resources": ["replicasets"], "verbs": ["get", "list"]],
            ["apiGroups": ["policy"], "resources": ["poddisruptionbudgets"], "verbs": ["list"]],
        ]
        let rules = reads + rights.map(\.rule)
        _ = try await post("\(rbac)/roles", ["metadata": ["name": "tester"], "rules": rules])
        let subject = ["kind": "ServiceAccount", "name": "tester", "namespace": namespace]
        let role = ["apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "tester"]
        _ = try await post(
            "\(rbac)/rolebindings", ["metadata": ["name": "tester"], "subjects": [subject], "roleRef": role])
        let text = """
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u, namespace: \(namespace)}}]
            clusters: [{name: c, cluster: {server: "\(cluster.server)", certificate-authority: ca.crt}}]
            users: [{name: u, user: {token: \(token?["token"] as? String ?? "")}}]
            """
        try PrivateFile.write(text, to: config)
        let attributes = ["verb": "list", "group": "argoproj.io", "resource": "rollouts", "namespace": namespace]
        let review = ObjectFixture(["spec": ["user": user, "resourceAttributes": attributes]]).json
        try await cluster.wait("the account has its rights") {
            let answer = try await cluster.request(
                .post, "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
            return (try cluster.object(answer.body)["status"] as? [String: Any])?["allowed"] as? Bool == true
        }
    }

    private var user: String { "system:serviceaccount:\(namespace):tester" }
    var key: String { "\(namespace)/web" }
    var rollouts: String { "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts" }
    var sets: String { "/apis/apps/v1/namespaces/\(namespace)/replicasets" }

    // MARK: What users do

    /// Creates the Rollout, and waits until it is healthy if that is to be expected.
    func deploy(
        _ replicas: Int, _ strategy: [String: Any] = ["canary": [String: Any]()], image: String = "registry.test/web:1",
        deadline: Int = 600
    ) async throws {
        let spec: [String: Any] = [
            "replicas": replicas, "progressDeadlineSeconds": deadline, "strategy": strategy,
            "selector": ["matchLabels": ["app": "web"]],
            "template": [
                "metadata": ["labels": ["app": "web"]], "spec": ["containers": [["name": "main", "image": image]]],
            ],
        ]
        let labels = ["rollout-heal.test/instance": standIn.instance]
        let body = ObjectFixture([
            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": ["name": "web", "labels": labels],
            "spec": spec,
        ])
        let answer = try await cluster.request(.post, rollouts, body.json)
        #expect(answer.status == 201)
        if !image.contains("broken") { try await isWell() }
    }

    func scale(to replicas: Int) async throws {
        try await cluster.patch("\(rollouts)/web", ["spec": ["replicas": replicas]])
    }

    func setImage(_ image: String) async throws {
        let containers = [["name": "main", "image": image]]
        try await cluster.patch("\(rollouts)/web", ["spec": ["template": ["spec": ["containers": containers]]]])
    }

    /// Writes a status that timed out an hour ago; only while the controller is down.
    func timeOut() async throws {
        let hour = ObjectFixture.rfc3339(secondsAgo: 3600)
        let conditions = [("Progressing", "ProgressDeadlineExceeded"), ("Healthy", "RolloutHealthy")].map {
            [
                "type": $0, "status": "False", "reason": $1, "message": "it has timed out progressing.",
                "lastUpdateTime": hour, "lastTransitionTime": hour,
            ]
        }
        let message = "ProgressDeadlineExceeded: it has timed out progressing."
        let status: [String: Any] = ["phase": "Degraded", "message": message, "conditions": conditions]
        try await cluster.patch("\(rollouts)/web/status", ["status": status])
    }

    /// Sets all write times to an hour ago; only while the controller is down, because it writes.
    func age() async throws {
        let hour = ObjectFixture.rfc3339(secondsAgo: 3600)
        for path in ["\(rollouts)/web"] + (try await replicaSets().map { "\(sets)/\($0.metadata.name)" }) {
            let stored = try cluster.object(try await cluster.request(.get, path).body)["metadata"] as? [String: Any]
            let entries = (stored?["managedFields"] as? [[String: Any]] ?? []).map { $0.merging(["time": hour]) { $1 } }
            try await cluster.patch(path, ["metadata": ["managedFields": entries]])
        }
    }

    /// Removes `managedFields`, as on a server without them; only while the controller is down, because it writes.
    func forgetTimes() async throws {
        for path in ["\(rollouts)/web"] + (try await replicaSets().map { "\(sets)/\($0.metadata.name)" }) {
            try await cluster.patch(path, ["metadata": ["managedFields": [[String: Any]()]]])
            let stored = try cluster.object(try await cluster.request(.get, path).body)["metadata"] as? [String: Any]
            #expect(stored?["uid"] != nil && stored?["managedFields"] == nil)
        }
    }

    // MARK: What is there

    func rollout() async throws -> Rollout {
        let answer = try await cluster.request(.get, "\(rollouts)/web")
        return try JSONDecoder().decode(Rollout.self, from: Data(answer.body))
    }

    /// The ReplicaSets, the newest last.
    func replicaSets() async throws -> [ReplicaSet] {
        struct List: Decodable {
            var items: [ReplicaSet]
        }
        let answer = try await cluster.request(.get, sets)
        return try JSONDecoder().decode(List.self, from: Data(answer.body)).items.sorted { $0.revision < $1.revision }
    }

    func isWell() async throws {
        try await cluster.wait("\(key) is well") { try await rollout().isWell }
    }

    func isTimedOut() async throws {
        try await cluster.wait("\(key) is timed out") { try await rollout().isTimedOut }
    }

    /// Makes the controller miss the next change of this ReplicaSet.
    func freeze(_ replicaSet: ReplicaSet) async throws {
        try await standIn.tell("freeze", "replicaset", "\(namespace)/\(replicaSet.metadata.name)")
    }

    /// Waits until a change was lost before the controller's cache, and the pods are in their final state.
    func isLost(_ what: String) async throws {
        try await cluster.wait("the change of \(what) is lost") {
            try await standIn.tell("state").faults?.contains { $0.object == what && $0.lost } == true
        }
    }

    /// Makes the controller believe in 7 pods, of which two are gone.
    func loseAScaling(deadline: Int = 600, _ strategy: [String: Any] = ["canary": [String: Any]()]) async throws {
        try await deploy(7, strategy, deadline: deadline)
        let current = try await replicaSets()[0]
        try await freeze(current)
        try await scale(to: 5)
        try await isLost("\(namespace)/\(current.metadata.name)")
        try await cluster.wait("five pods are left") { try await replicaSets()[0].status.replicas == 5 }
    }

    func evicted() async throws -> Int {
        try await standIn.tell("state").evicted?[key] ?? 0
    }

    // MARK: The plugin

    func plugin(_ arguments: String...) async throws -> PluginProcess {
        try await PluginProcess.run(TestCluster.binary, arguments.settled, environment: ["KUBECONFIG": config])
    }

    func start(_ arguments: String..., environment: [String: String] = [:]) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary, arguments.settled, environment: ["KUBECONFIG": config].merging(environment) { $1 })
    }

    /// Repeats `list` until it shows `word`; returns the phase shown then.
    @discardableResult
    func isListed(_ word: String, seconds: Double = 40) async throws -> String {
        struct List: Decodable {
            struct Item: Decodable {
                var phase: String
                var diagnosis: String?
            }
            var items: [Item]
        }
        let end = Date().addingTimeInterval(seconds)
        while true {
            let list = try await plugin("list", "-o", "json", "--fresh")
            try #require(list.status == 0, "\(list.errors)")
            let items = try JSONDecoder().decode(List.self, from: Data(list.output.utf8)).items
            if let item = items.first, item.diagnosis == word { return item.phase }
            guard Date() < end else {
                throw RunningPlugin.Timeout(description: "not listed as \(word): \(list.output) \(list.errors)")
            }
            try await Task.sleep(for: .milliseconds(500))
        }
    }

    // MARK: The audit log

    /// A request of the plugin, from the audit log.
    struct Request {
        var verb: String
        /// Such as `replicasets/status`.
        var resource: String
        var name: String
        var uri: String
        var agent: String
        var status: Int
        var received: Date
        /// The body of a patch.
        var body: [String: Any]

        var metadata: [String: Any] { body["metadata"] as? [String: Any] ?? [:] }
        /// The mark of a refresh, wherever it is in the body.
        var mark: String? {
            ["annotations", "labels"].compactMap { metadata[$0] as? [String: String] }
                .compactMap { $0["rollout-heal/refreshed"] }.first
        }
        var restartAt: String? { (body["spec"] as? [String: Any])?["restartAt"] as? String }
    }

    private static func log(of cluster: TestCluster) throws -> FileHandle {
        try FileHandle(forReadingFrom: URL(fileURLWithPath: "\(cluster.folder)/audit.log"))
    }

    /// All requests that the account has sent.
    func requests() throws -> [Request] {
        let marked = Data(user.utf8)
        let file = try Self.log(of: cluster)
        try file.seek(toOffset: logged)
        let log = try file.readToEnd() ?? Data()
        let time = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        return try log.split(separator: UInt8(ascii: "\n")).filter { $0.firstRange(of: marked) != nil }.compactMap {
            let line = try JSONSerialization.jsonObject(with: Data($0)) as? [String: Any] ?? [:]
            guard (line["user"] as? [String: Any])?["username"] as? String == user else { return nil }
            let object = line["objectRef"] as? [String: Any] ?? [:]
            func text(_ fields: [String: Any], _ key: String) -> String { fields[key] as? String ?? "" }
            let subresource = text(object, "subresource")
            // Microseconds, of which the format parses milliseconds.
            let received = text(line, "requestReceivedTimestamp").prefix(23) + "Z"
            return Request(
                verb: text(line, "verb"),
                resource: text(object, "resource") + (subresource.isEmpty ? "" : "/" + subresource),
                name: text(object, "name"), uri: text(line, "requestURI"), agent: text(line, "userAgent"),
                status: (line["responseStatus"] as? [String: Any])?["code"] as? Int ?? 0,
                received: try time.parse(String(received)), body: line["requestObject"] as? [String: Any] ?? [:])
        }
    }

    /// The requests that wrote or tried to write.
    func patches() throws -> [Request] { try requests().filter { $0.verb == "patch" } }

    /// Checks that there were only reads, Events, and metadata patches with the mark of a refresh, under our field
    /// manager.
    func expectOnlyRefreshes(_ location: SourceLocation = #_sourceLocation) throws {
        for request in try requests() {
            let isEvent = request.verb == "create" && request.resource == "events"
            #expect(isEvent || ["get", "list", "patch"].contains(request.verb), "\(request)", sourceLocation: location)
            #expect(request.agent.hasPrefix("kubectl-rollout-heal/"), sourceLocation: location)
            // The body of a forbidden request is not logged.
            guard request.verb == "patch", request.status != 403 else { continue }
            let isSet = request.resource == "replicasets/status"
            #expect(isSet || request.resource == "rollouts", "\(request)", sourceLocation: location)
            #expect(request.body.keys.sorted() == ["metadata"], "\(request)", sourceLocation: location)
            #expect(
                request.metadata.keys.sorted() == (isSet ? ["annotations", "uid"] : ["labels", "uid"]), "\(request)",
                sourceLocation: location)
            #expect(request.mark != nil, "\(request)", sourceLocation: location)
            #expect(request.uri.contains("fieldManager=rollout-heal"), "\(request)", sourceLocation: location)
        }
    }
}
