import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport
import Testing

/// The output of each level of `-v`.
struct RequestLogTests {
    /// The lines in the order written.
    private final class Lines: Sendable {
        private let lines = Mutex<[String]>([])

        func log(_ level: Int) -> RequestLog {
            RequestLog(level: level) { line in self.lines.withLock { $0.append(line) } }
        }

        var all: [String] { lines.withLock { $0 } }
    }

    private func lines(
        _ level: Int,
        _ answers: [Result<HTTPResponse, HTTPTransportError>] = [
            .success(
                .scripted(headers: ["Content-Type": "application/json", "Set-Cookie": "s3cr3t"], body: someObject))
        ]
    ) async throws -> [String] {
        let lines = Lines()
        let connection = ClusterConnection(
            clusterName: "cl", server: try ServerURL(parsing: "https://h"), credential: .token(Secret("s3cr3t")),
            impersonation: .init(user: "jane", extra: ["key": ["s3cr3t"]]))
        let transport = ScriptedTransport(queue: answers)
        let client = KubeClient(
            connection: connection, makeTransport: { _ in transport }, environment: .fixture(),
            time: PluginClock().source, userAgent: "test", log: lines.log(level))
        _ = await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }
        return lines.all
    }

    /// Some peers, and pages that echo the request, send a credential back.
    @Test func aCredentialThatIsSentBackIsNotShown() async throws {
        let status = #"{"kind":"Status","code":403,"reason":"Forbidden","message":"not with sesame-sesame"}"#
        let answers: [(String, HTTPResponse)] = [
            ("json", .scripted(403, headers: ["X-Echo": "Bearer sesame-sesame"], body: status)),
            (
                "text",
                .scripted(500, headers: ["Content-Type": "text/plain"], body: "Authorization: Bearer sesame-sesame")
            ),
            ("warning", .scripted(headers: ["Warning": "299 - \"do not use sesame-sesame\""], body: someObject)),
            ("type", .scripted(headers: ["Content-Type": "sesame-sesame"], body: "<p>")),
        ]
        for (name, answer) in answers {
            let lines = Lines()
            let warnings = Mutex<[String]>([])
            let connection = ClusterConnection(
                clusterName: "cl", server: try ServerURL(parsing: "https://h"),
                credential: .token(Secret("sesame-sesame")))
            let transport = ScriptedTransport(queue: [.success(answer)])
            let client = KubeClient(
                connection: connection, makeTransport: { _ in transport }, environment: .fixture(),
                time: PluginClock().source, userAgent: "test", log: lines.log(10),
                warn: { text in warnings.withLock { $0.append(text) } })
            let error = await kubeError { () async throws(KubeError) in
                try await client.get(replicaSets, namespace: "shop", name: "web")
            }
            let shown = "\(error.map(\.message) ?? "") \(lines.all) \(warnings.withLock { $0 })"
            #expect(!shown.contains("sesame") && shown.contains("<redacted>"), "\(name): \(shown)")
        }
    }

    private static let request = "GET https://h/apis/apps/v1/namespaces/shop/replicasets/web"
    private static let requestHeaders = [
        "Request headers:", "    Accept: application/json", "    User-Agent: test",
        "    Authorization: Bearer <masked>", "    Impersonate-User: jane", "    Impersonate-Extra-key: <masked>",
    ]
    private static let responseHeaders = [
        "Response headers:", "    Content-Type: application/json", "    Set-Cookie: <masked>",
    ]

    @Test func levels() async throws {
        #expect(try await lines(0) == [])
        #expect(try await lines(5) == [])
        #expect(try await lines(6) == ["\(Self.request) 200 in 0 ms"])
        #expect(try await lines(7) == ["\(Self.request) 200 in 0 ms"] + Self.requestHeaders)
        #expect(
            try await lines(8) == ["\(Self.request) 200 in 0 ms"] + Self.requestHeaders + Self.responseHeaders)
        for level in [9, 10, 99] {
            #expect(
                try await lines(level) == ["\(Self.request) 200 in 0 ms"] + Self.requestHeaders + Self.responseHeaders
                    + ["\(Self.request) body: \(someObject.utf8.count) bytes in 0 ms"])
        }
    }

    @Test func failures() async throws {
        #expect(
            try await lines(6, [.failure(.connectionRefused(host: "h", port: 443))])
                == ["\(Self.request) failed in 0 ms: connection to h:443 refused"])
        #expect(try await lines(6, [.success(.scripted(403, body: "s3cr3t"))]) == ["\(Self.request) 403 in 0 ms"])
        #expect(
            try await lines(9, [.success(.scripted(body: "{", failure: .connectionLost("reset")))])
                .contains("\(Self.request) body broke after 1 bytes: reset"))
    }

    @Test func retries() async throws {
        let again: HTTPResponse = .scripted(503, headers: ["Retry-After": "2"])
        let told = try await lines(9, [.success(again), .success(.scripted(body: someObject))])
        #expect(told.contains("\(Self.request) is sent again after 2000 ms"))
        #expect(told.filter { $0.contains(" in 0 ms") && !$0.contains("body") }.count == 2)
        #expect(
            !(try await lines(8, [.success(again), .success(.scripted(body: someObject))])).contains {
                $0.contains("again")
            })
    }

    @Test func plugin() async throws {
        let lines = Lines()
        let script = PluginScript(tokens: ["s3cr3t-one", "s3cr3t-two"])
        let answers: [Result<HTTPResponse, HTTPTransportError>] = [
            .success(.scripted(401, headers: ["WWW-Authenticate": "Bearer"])), .success(.scripted(body: someObject)),
        ]
        let transport = ScriptedTransport(queue: answers)
        let client = try KubeClient.fixture(
            .fixture(arguments: ["s3cr3t"], environment: [("KEY", "s3cr3t")]), host: script.host, log: lines.log(10)
        ) { _ in transport }
        _ = try await client.get(replicaSets, namespace: "shop", name: "web")
        #expect(lines.all.filter { $0 == "Credential plugin /bin/plugin exited with 0 in 0 ms" }.count == 2)
        #expect(lines.all.contains("\(Self.request) is sent again after 0 ms"))
        #expect(!lines.all.contains { $0.contains("s3cr3t") })
    }

    @Test func patchTellsTheSizeOfItsBody() async throws {
        let lines = Lines()
        let client = try KubeClient.fixture(host: PluginScript(tokens: ["t"]).host, log: lines.log(9)) { _ in
            ScriptedTransport(queue: [.success(.scripted(body: someObject))])
        }
        _ = try await client.patch(
            replicaSets, namespace: "shop", name: "web", body: Array(#"{"spec":"s3cr3t"}"#.utf8), fieldManager: "test")
        #expect(lines.all.contains("Request body: 17 bytes"))
        #expect(!lines.all.contains { $0.contains("s3cr3t") })
    }
}
