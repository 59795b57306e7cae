import Foundation
import HTTPTransport
import TestSupport

/// Faults that tests cause in a cluster of their own, and waiting for them.
extension TestCluster {
    func processIdentifier(_ program: String) throws -> Int32 {
        let text = try String(contentsOfFile: "\(folder)/\(program).pid", encoding: .utf8)
        // Never 0, which means this process group.
        guard let number = Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)), number > 1 else {
            throw Refused(path: "the process of \(program)", answer: text)
        }
        return number
    }

    /// Stops a program with SIGSTOP, and waits until all its threads are stopped.
    func halt(_ program: String) async throws {
        let process = try processIdentifier(program)
        kill(process, SIGSTOP)
        try await wait("\(program) stands still") {
            try FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task").allSatisfy { thread in
                let status = try String(contentsOfFile: "/proc/\(process)/task/\(thread)/status", encoding: .utf8)
                return status.contains("State:\tT")
            }
        }
    }

    /// Compacts etcd to the current revision.
    func compact() async throws {
        func etcd(_ path: String, _ body: String) async throws -> String {
            try await PluginProcess.run(
                "curl",
                [
                    "-sS", "--unix-socket", "\(folder)/localhost:2379", "http://localhost/v3/\(path)", "-d", body,
                ]
            ).output
        }
        let answer = try await etcd("kv/range", #"{"key":"AA==","range_end":"AA==","limit":"1"}"#)
        let header = (try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any])?["header"]
        let revision = (header as? [String: Any])?["revision"] as? String ?? ""
        let compacted = try await etcd("kv/compaction", "{\"revision\":\"\(revision)\",\"physical\":true}")
        guard compacted.contains("header") else { throw Refused(path: "compaction of \(revision)", answer: compacted) }
    }

    func object(_ json: [UInt8]) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
    }

    func wait(_ what: String, until isTrue: () async throws -> Bool) async throws {
        for _ in 0..<1200 {
            if try await isTrue() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RunningPlugin.Timeout(description: "not so after 60 s: \(what)")
    }

    func removeDefinition() async throws {
        let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io"
        _ = try await request(.delete, path)
        try await wait("the definition is gone") { try await request(.get, path).status == 404 }
    }

    /// Deletes a namespace and its contents like the namespace controller, which does not run here.
    func deleteNamespace(_ name: String) async throws {
        for path in [
            "/apis/argoproj.io/v1alpha1/namespaces/\(name)/rollouts", "/apis/apps/v1/namespaces/\(name)/replicasets",
        ] {
            _ = try await request(.delete, path)
        }
        let path = "/api/v1/namespaces/\(name)"
        _ = try await request(.delete, path)
        var namespace = try object(try await request(.get, path).body)
        namespace["spec"] = ["finalizers": [String]()]
        _ = try await request(.put, path + "/finalize", ObjectFixture(namespace).json)
        try await wait("namespace \(name) is gone") { try await request(.get, path).status == 404 }
    }
}

/// A service account with the rights of `healer`, and a kubeconfig that reads its token from a file.
struct ServiceAccount {
    private let cluster: TestCluster
    private let name: String
    private let folder: String
    private static let account = "/api/v1/namespaces/default/serviceaccounts"
    private static let binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"

    init(_ cluster: TestCluster, name: String = "tester") async throws {
        self.cluster = cluster
        self.name = name
        folder = cluster.folder + "/account-" + name
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let config = """
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "\(cluster.server)", certificate-authority: ../ca.crt}}]
            users: [{name: u, user: {tokenFile: token}}]
            """
        try PrivateFile.write(config, to: folder + "/config")
        try await giveToken()
        try await setRights(true)
    }

    func start(_ arguments: [String], in network: NetworkNamespace? = nil) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary, arguments.settled, environment: ["KUBECONFIG": folder + "/config"], in: network)
    }

    /// The current token.
    var token: String { (try? String(contentsOfFile: folder + "/token", encoding: .utf8)) ?? "" }

    func giveToken() async throws {
        _ = try await cluster.request(.post, Self.account, ObjectFixture(["metadata": ["name": name]]).json)
        let answer = try await cluster.request(
            .post, Self.account + "/\(name)/token", ObjectFixture(["spec": [:]]).json)
        let status = try cluster.object(answer.body)["status"] as? [String: Any]
        try PrivateFile.write(status?["token"] as? String ?? "", to: folder + "/token")
    }

    /// Waits until the token is rejected: the API server caches a known token for ten seconds.
    func revokeToken() async throws {
        let token = token
        _ = try await cluster.request(.delete, Self.account + "/\(name)")
        let review = ObjectFixture(["spec": ["token": token]]).json
        try await cluster.wait("the token is worth nothing") {
            let answer = try await cluster.request(.post, "/apis/authentication.k8s.io/v1/tokenreviews", review)
            let status = try cluster.object(answer.body)["status"] as? [String: Any]
            return status?["authenticated"] as? Bool != true
        }
    }

    /// Replaces the token by one that has expired but is otherwise valid, because the API server caches known tokens.
    func expireToken() async throws {
        let parts = token.split(separator: ".").map(String.init)
        var claims = try cluster.object(Array(Data(base64URL: parts[1])))
        let now = Int(Date().timeIntervalSince1970)
        for (claim, before) in [("iat", 7200), ("nbf", 7200), ("exp", 3600)] { claims[claim] = now - before }
        let text = parts[0] + "." + Data(ObjectFixture(claims).json).base64URL
        let signed = try await PluginProcess.run(
            "openssl", ["dgst", "-sha256", "-hex", "-sign", cluster.folder + "/service-account.key"], input: text)
        let digits = Array(signed.output.split(separator: " ").last?.filter(\.isHexDigit) ?? "")
        let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(digits[$0...($0 + 1)]), radix: 16)
        }
        // ECDSA's two integers, DER-encoded here, take 32 bytes each in a token.
        let second = 6 + Int(bytes[3])
        let numbers = [bytes[4..<(second - 2)], bytes[second...]].map { number in
            [UInt8](repeating: 0, count: 32 - min(32, number.count)) + number.suffix(32)
        }
        let signature = numbers.flatMap(\.self)
        try PrivateFile.write(text + "." + Data(signature).base64URL, to: folder + "/token")
    }

    func setRights(_ areGiven: Bool) async throws {
        if areGiven {
            let subject = ["kind": "ServiceAccount", "name": name, "namespace": "default"]
            let role = ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "healer"]
            _ = try await cluster.request(
                .post, Self.binding,
                ObjectFixture(["metadata": ["name": name], "subjects": [subject], "roleRef": role]).json)
        } else {
            _ = try await cluster.request(.delete, Self.binding + "/\(name)")
        }
        let attributes = ["verb": "list", "group": "argoproj.io", "resource": "rollouts"]
        let review = ObjectFixture([
            "spec": ["user": "system:serviceaccount:default:\(name)", "resourceAttributes": attributes]
        ]).json
        try await cluster.wait("the rights have changed") {
            let answer = try await cluster.request(
                .post, "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
            let status = try cluster.object(answer.body)["status"] as? [String: Any]
            return status?["allowed"] as? Bool == areGiven
        }
    }
}

extension Data {
    /// Decodes the base64url of a JSON web token (RFC 7515).
    fileprivate init(base64URL text: String) {
        let usual = text.replacingOccurrences(of: "-", with: "+").replacingOccurrences(of: "_", with: "/")
        self = Data(base64Encoded: usual + String(repeating: "=", count: (4 - usual.count % 4) % 4)) ?? Data()
    }

    fileprivate var base64URL: String {
        base64EncodedString().replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }
}
