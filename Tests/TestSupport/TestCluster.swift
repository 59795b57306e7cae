import Foundation
package import HTTPTransport
import Synchronization

/// The throw-away cluster that `scripts/dev/cluster start` created, accessed as administrator.
package struct TestCluster: Sendable {
    /// The cluster's folder; nil if no cluster was started for the tests.
    package static let folder = ProcessInfo.processInfo.environment["ROLLOUT_HEAL_TEST_CLUSTER"]
    package static let binary =
        ProcessInfo.processInfo.environment["ROLLOUT_HEAL_BINARY"] ?? ".build/debug/kubectl-rollout-heal"

    package let folder: String
    /// `https://127.0.0.1:PORT`.
    package let server: String
    /// A transport for ``server`` as administrator.
    package let transport: CurlTransport

    package init() throws {
        guard let folder = Self.folder else { throw CocoaError(.fileNoSuchFile) }
        try self.init(folder: folder)
    }

    /// Runs `body` with a separate cluster, which it may stop and start.
    package static func own(_ body: (TestCluster) async throws -> Void) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        do {
            try await script("start", "--dir", folder)
            try await body(try TestCluster(folder: folder))
        } catch {
            try await script("stop", "--dir", folder, "--delete")
            throw error
        }
        try await script("stop", "--dir", folder, "--delete")
    }

    /// Runs `body` with a second API server on this one's etcd, which it reaches through a relay only.
    package func withSecondServer(
        _ body: (_ second: TestCluster, _ etcd: Relay) async throws -> Void
    ) async throws {
        let files = FileManager.default
        let second = folder + "/second"
        try files.createDirectory(atPath: second, withIntermediateDirectories: true)
        for name in try files.contentsOfDirectory(atPath: folder)
        where name.hasSuffix(".key") || name.hasSuffix(".crt") || name == "tokens.csv" {
            try files.copyItem(atPath: "\(folder)/\(name)", toPath: "\(second)/\(name)")
        }
        let etcd = try Relay(to: .etcd(socket: folder + "/localhost:2379"))
        do {
            try await Self.script("start", "--dir", second, "--etcd", "http://127.0.0.1:\(etcd.port)")
            try await body(try TestCluster(folder: second), etcd)
        } catch {
            try await Self.script("stop", "--dir", second)
            throw error
        }
        try await Self.script("stop", "--dir", second)
    }

    /// Runs `scripts/dev/cluster` with these arguments.
    package static func script(_ arguments: String...) async throws {
        // Finds the same programs as the first cluster: in a given folder, or in the user's cache.
        let given = ProcessInfo.processInfo.environment.filter {
            ["HOME", "KUBEBUILDER_ASSETS", "XDG_CACHE_HOME"].contains($0.key)
        }
        let run = try await PluginProcess.run("scripts/dev/cluster", arguments, environment: given)
        guard run.status == 0 else { throw Refused(path: arguments.joined(separator: " "), answer: run.errors) }
    }

    private init(folder: String) throws {
        self.folder = folder
        let variables = try String(contentsOfFile: "\(folder)/env", encoding: .utf8).split(separator: "\n")
        server = String(variables.first { $0.hasPrefix("SERVER=") }?.dropFirst("SERVER=".count) ?? "")
        func file(_ name: String) throws -> [UInt8] {
            Array(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\(name)")))
        }
        transport = CurlTransport(
            TransportConfiguration(
                certificateAuthority: try file("ca.crt"),
                clientIdentity: .init(certificate: try file("admin.crt"), key: try file("admin.key"))))
    }

    package var port: Int { Int(server.split(separator: ":").last ?? "") ?? 0 }

    /// Starts the plugin without waiting.
    package func start(_ arguments: String..., context: String = "healer") throws -> RunningPlugin {
        try RunningPlugin(
            Self.binary, arguments.settled + ["--context", context], environment: ["KUBECONFIG": kubeconfig])
    }

    /// Writes what the controller writes after a successful restart.
    package func finishRestart(_ namespace: String, _ name: String) async throws {
        let rollout = try await rollout(namespace, name)
        let generation = (rollout["metadata"] as? [String: Any])?["generation"] as? Int ?? 0
        let restartAt = (rollout["spec"] as? [String: Any])?["restartAt"] as? String ?? ""
        let status: [String: Any] = [
            "observedGeneration": "\(generation)", "restartedAt": restartAt, "phase": "Healthy", "message": NSNull(),
        ]
        try await patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)/status", ["status": status])
    }

    /// Plays a controller for the restarts of `namespace` while `body` runs: it observes each, and with `heals`
    /// completes it.
    package func controlling<Result>(
        _ namespace: String, heals: Bool = false, _ body: () async throws -> Result
    ) async throws -> Result {
        let controller = control(namespace, heals: heals)
        defer { controller.cancel() }
        return try await body()
    }

    /// The same until cancelled; nil for all namespaces.
    package func control(_ namespace: String? = nil, heals: Bool = false) -> Task<Void, any Error> {
        Task {
            while !Task.isCancelled {
                try? await reconcile(namespace, heals: heals)
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func reconcile(_ place: String?, heals: Bool) async throws {
        let group = "/apis/argoproj.io/v1alpha1"
        let restarted = "/rollouts?labelSelector=rollout-heal/restarted-at"
        let answer = try await request(.get, group + (place.map { "/namespaces/\($0)" } ?? "") + restarted)
        let list = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        for rollout in list?["items"] as? [[String: Any]] ?? [] {
            let metadata = rollout["metadata"] as? [String: Any] ?? [:]
            let name = metadata["name"] as? String ?? ""
            let namespace = metadata["namespace"] as? String ?? ""
            let generation = "\(metadata["generation"] as? Int ?? 0)"
            guard (rollout["status"] as? [String: Any])?["observedGeneration"] as? String != generation else {
                continue
            }
            if heals, (rollout["spec"] as? [String: Any])?["restartAt"] != nil {
                try await finishRestart(namespace, name)
            } else {
                let path = "\(group)/namespaces/\(namespace)/rollouts/\(name)/status"
                try await patch(path, ["status": ["observedGeneration": generation]])
            }
        }
    }

    package var kubeconfig: String { "\(folder)/kubeconfig" }

    /// Runs the plugin in `context` of the cluster's kubeconfig.
    package func plugin(
        _ arguments: String..., context: String = "healer", input: String = ""
    ) async throws -> PluginProcess {
        try await PluginProcess.run(
            Self.binary, arguments.settled + ["--context", context], environment: ["KUBECONFIG": kubeconfig],
            input: input)
    }

    /// Runs a line of bash in which `rollout-heal` is the plugin, in a file of its own, as xargs wants it.
    package func shell(_ line: String) async throws -> PluginProcess {
        let script = """
            folder=$(mktemp -d); trap 'rm -rf "$folder"' EXIT; set -o pipefail
            printf '#!/bin/sh\\nexec "%s" "$@" --context healer\\n' "$0" >"$folder/rollout-heal"
            chmod +x "$folder/rollout-heal"; PATH=$folder:$PATH
            \(line)
            """
        return try await PluginProcess.run(
            "bash", ["-c", script, Self.binary], environment: ["KUBECONFIG": kubeconfig])
    }

    package func request(
        _ method: HTTPRequest.Method, _ path: String, _ body: [UInt8]? = nil, type: String = "application/json",
        isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws -> (status: Int, body: [UInt8]) {
        let response = try await transport.send(
            HTTPRequest(
                method, server + path, headers: body == nil ? [:] : ["Content-Type": type], body: body,
                timeout: .seconds(60), isStillWanted: isStillWanted))
        return (response.status, try await response.body.collect(upTo: 64 << 20))
    }

    /// Creates a namespace for one test.
    package func makeNamespace(_ prefix: String) async throws -> String {
        let name = "\(prefix)-\(UInt32.random(in: 0...UInt32.max))"
        _ = try await request(.post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": name]]).json)
        return name
    }

    /// Stores a Rollout with a status that counts its pods, and its ReplicaSets with owner references.
    ///
    /// - Parameter isMarked: whether they carry the mark of a refresh that did not help, so that a stuck Rollout is
    ///   restarted at once.
    package func store(
        _ rollout: ObjectFixture, replicaSets: [ObjectFixture], isMarked: Bool = true
    ) async throws {
        let path = "/apis/argoproj.io/v1alpha1/namespaces/\(rollout.namespace)/rollouts"
        let removed: [String: Any] = ["uid": NSNull(), "resourceVersion": NSNull(), "generation": NSNull()]
        let made = try await create(path, rollout.merging(["metadata": removed]))
        let uid = (made["metadata"] as? [String: Any])?["uid"] as? String ?? ""
        for set in replicaSets {
            let owner: [[String: Any]] = [
                ["apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "name": rollout.name, "uid": uid]
            ]
            let labels = (set.fields["metadata"] as? [String: Any])?["labels"] ?? [:]
            let template: [String: Any] = [
                "metadata": ["labels": labels],
                "spec": ["containers": [["name": "main", "image": "registry.test/a:1"]]],
            ]
            let mark =
                isMarked ? ["rollout-heal/refreshed": "\(Int(Date().timeIntervalSince1970) - 45).1"] : [:]
            let body = set.merging([
                "metadata": removed.merging(["ownerReferences": owner, "annotations": mark]) { $1 },
                "spec": ["selector": ["matchLabels": labels], "template": template],
            ])
            let sets = "/apis/apps/v1/namespaces/\(rollout.namespace)/replicasets"
            _ = try await create(sets, body)
            let status = set.fields["status"] as? [String: Any] ?? [:]
            try await patch("\(sets)/\(set.name)/status", ["status": status.merging(["observedGeneration": 1]) { $1 }])
        }
        // The status comes last, as from a controller, because it triggers the evidence read.
        let believing = rollout.believing(replicaSets)
        try await patch("\(path)/\(rollout.name)/status", ["status": believing.fields["status"] ?? [:]])
    }

    package func patch(_ path: String, _ body: [String: Any]) async throws {
        let answer = try await request(
            .patch, path, ObjectFixture(body).json, type: "application/merge-patch+json")
        guard answer.status == 200 else {
            throw Refused(path: path, answer: String(decoding: answer.body, as: UTF8.self))
        }
    }

    package func rollout(_ namespace: String, _ name: String) async throws -> [String: Any] {
        let answer = try await request(.get, "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)")
        return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
    }

    /// The statuses of all PATCH requests for Rollouts of `namespace` by users other than the administrator.
    package func patches(in namespace: String) throws -> [Int] {
        struct Line: Decodable {
            struct User: Decodable { var username: String }
            struct Object: Decodable {
                var namespace: String?
                var resource: String?
            }
            struct Status: Decodable { var code: Int }
            var verb: String
            var user: User
            var objectRef: Object?
            var responseStatus: Status?
        }
        let log = try String(contentsOfFile: "\(folder)/audit.log", encoding: .utf8)
        return try log.split(separator: "\n").filter { $0.contains("\"\(namespace)\"") && $0.contains("\"patch\"") }
            .map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
            .filter { $0.user.username != "admin" && $0.objectRef?.resource == "rollouts" }
            .map { $0.responseStatus?.code ?? 0 }
    }

    package struct Refused: Error {
        package var path: String
        package var answer: String

        package init(path: String, answer: String) {
            self.path = path
            self.answer = answer
        }
    }

    private func create(_ path: String, _ object: ObjectFixture) async throws -> [String: Any] {
        let answer = try await request(.post, path, object.json)
        guard answer.status == 201 else {
            throw Refused(path: path, answer: String(decoding: answer.body, as: UTF8.self))
        }
        return try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any] ?? [:]
    }
}

extension ObjectFixture {
    fileprivate var metadata: [String: Any] { fields["metadata"] as? [String: Any] ?? [:] }
    package var name: String { metadata["name"] as? String ?? "" }
    package var namespace: String { metadata["namespace"] as? String ?? "" }
}

extension [String] {
    /// The same command line without a settle time, and for `restart` without following, unless it says otherwise.
    package var settled: [String] {
        guard let command = first, ["restart", "heal"].contains(command) else { return self }
        func isSaid(_ flag: String) -> Bool { contains { $0.hasPrefix(flag) } }
        let settle = isSaid("--settle") ? [] : ["--settle=0"]
        let isFollowed = command == "heal" || isSaid("--wait") || isSaid("--cancel") || isSaid("--dry-run")
        return self + settle + (isFollowed ? [] : ["--wait=false"] + (isSaid("--yes") ? [] : ["--yes"]))
    }
}
