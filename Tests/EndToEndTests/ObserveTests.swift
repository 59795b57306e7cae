import Documents
import Foundation
import HTTPTransport
import TestSupport
import Testing

/// `deploy/observe`: its arguments, with its account's own token.
@Suite(.onCluster, .inTurn)
struct ObserveTests {
    private let cluster: TestCluster
    private let namespace = "rollout-heal"
    private let account = "rollout-heal-observe"

    init() throws {
        cluster = try TestCluster()
    }

    private func documents(_ file: String) throws -> [YAMLNode] {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../deploy/observe")
        var reader = YAMLReader(Array(try Data(contentsOf: root.appending(path: file))))
        var found: [YAMLNode] = []
        while let next = try reader.next() { found.append(next) }
        return found
    }

    /// Creates what a file holds; what is there already stays.
    private func apply(_ file: String) async throws {
        for document in try documents(file) {
            let kind = try #require(document["kind"]?.string)
            let path =
                switch kind {
                case "Namespace": "/api/v1/namespaces"
                case "ServiceAccount": "/api/v1/namespaces/\(namespace)/serviceaccounts"
                default: "/apis/rbac.authorization.k8s.io/v1/\(kind.lowercased())s"
                }
            let answer = try await cluster.request(.post, path, Array(document.json(pretty: false).utf8))
            #expect([201, 409].contains(answer.status), "\(kind): \(String(decoding: answer.body, as: UTF8.self))")
        }
    }

    private func token() async throws -> String {
        let request: [String: Any] = [
            "apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": ["expirationSeconds": 3600],
        ]
        let path = "/api/v1/namespaces/\(namespace)/serviceaccounts/\(account)/token"
        let answer = try await cluster.request(.post, path, ObjectFixture(request).json)
        let made = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return try #require((made?["status"] as? [String: Any])?["token"] as? String)
    }

    /// The verbs and resources of the program's requests as this account, with the status of each; other tests try what
    /// the account may do.
    private func requests() throws -> [(what: String, status: Int)] {
        let log = try String(contentsOfFile: "\(cluster.folder)/audit.log", encoding: .utf8)
        let user = "system:serviceaccount:\(namespace):\(account)"
        return try log.split(separator: "\n").filter {
            $0.contains("\"\(user)\"") && $0.contains("\"userAgent\":\"kubectl-rollout-heal/")
        }.map { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            let object = event?["objectRef"] as? [String: Any]
            let status = (event?["responseStatus"] as? [String: Any])?["code"] as? Int
            return ("\(event?["verb"] ?? "") \(object?["resource"] ?? "")", status ?? 0)
        }
    }

    private func text(of url: String) async throws -> String {
        let answer = try await CurlTransport(TransportConfiguration()).send(
            HTTPRequest(.get, url, headers: [:], timeout: .seconds(10)))
        return String(decoding: try await answer.body.collect(upTo: 1 << 20), as: UTF8.self)
    }

    @Test func itReportsWhatItWouldDoAndWritesNothing() async throws {
        try await apply("namespace.yaml")
        try await apply("rbac.yaml")
        let shop = try await cluster.makeNamespace("observe")
        for (name, isMarked) in [("web", true), ("fresh", false)] {
            try await cluster.store(
                .stored(name, in: shop), replicaSets: [.replicaSet(of: name, namespace: shop)], isMarked: isMarked)
        }
        let pod = try #require(try documents("deployment.yaml").first)["spec"]?["template"]?["spec"]
        let items = try #require(pod?["containers"]?.items?.first?["args"]?.items)
        let arguments = items.compactMap(\.string)
        let port = Int.random(in: 33_000...39_999)
        let here = arguments.map { $0.replacing("=:8080", with: "=127.0.0.1:\(port)") }
        #expect(here != arguments)
        let watch = try RunningPlugin(
            TestCluster.binary,
            here + [
                "--server", cluster.server, "--certificate-authority", "\(cluster.folder)/ca.crt",
                "--token", try await token(),
            ], environment: [:])
        func lines(_ type: String) -> [[String: Any]] {
            watch.errors.split(separator: "\n").compactMap {
                try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
            }.filter { $0["type"] as? String == type && $0["namespace"] as? String == shop }
        }
        try await watch.wait("both found") { lines("FOUND").count == 2 }
        let actions = lines("FOUND").map { "\($0["name"] ?? "") \($0["action"] ?? "")" }
        #expect(Set(actions) == ["web restart", "fresh refresh"])
        // The gauges are set once a second.
        var metrics = ""
        for _ in 0..<200 where !metrics.contains("\nrollout_heal_watched ") {
            metrics = try await text(of: "http://127.0.0.1:\(port)/metrics")
            try await Task.sleep(for: .milliseconds(50))
        }
        #expect(metrics.contains("\nrollout_heal_heals 0") && metrics.contains("\nrollout_heal_watched "))
        // Becoming Healthy without help is reported too.
        try await cluster.patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(shop)/rollouts/web/status",
            ["status": ["phase": "Healthy", "message": NSNull()]])
        try await watch.wait("recovered") { lines("RECOVERED").count == 1 }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 143)
        let requests = try requests()
        #expect(
            Set(requests.map(\.what)) == ["list rollouts", "watch rollouts", "list replicasets"], "\(requests)")
        #expect(requests.allSatisfy { $0.status == 200 }, "\(requests)")
    }
}
