import HTTPTransport
import KubeClient
import KubeConfig
import TestSupport
import Testing

/// A plugin's output, and the resulting message or request.
struct PluginOutputTests {
    private static let begin = "Unable to connect to the server: getting credentials: "

    private func message(_ result: PluginResult) async throws -> String? {
        let client = try KubeClient.fixture(host: PluginScript([result]).host) { _ in
            ScriptedTransport(queue: [.success(.scripted(body: someObject))])
        }
        return await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }?.message
    }

    private static func object(_ status: String, kind: String = "ExecCredential", version: String = v1) -> String {
        #"{"kind":"\#(kind)","apiVersion":"\#(version)"\#(status.isEmpty ? "" : #","status":"# + status)}"#
    }

    @Test(arguments: [
        (
            "",
            "exec plugin is configured to use API version \(v1), plugin returned version client.authentication.k8s.io/__internal"
        ),
        ("s3cr3t", "decoding stdout: couldn't get version/kind: it is a string, not an object"),
        ("[1]", "decoding stdout: couldn't get version/kind: it is a list, not an object"),
        (
            #"{"status":{"token":"s3cr3t"}}"#,
            "exec plugin is configured to use API version \(v1), plugin returned version client.authentication.k8s.io/__internal"
        ),
        (
            #"{"kind":"ExecCredential"}"#,
            "exec plugin is configured to use API version \(v1), plugin returned version client.authentication.k8s.io/__internal"
        ),
        (
            object("", version: "client.authentication.k8s.io/v1alpha1"),
            #"decoding stdout: no kind "ExecCredential" is registered for version "client.authentication.k8s.io/v1alpha1""#
        ),
        (#"{"kind": 5}"#, "decoding stdout: kind: expected a string, found a number"),
        ("{\"token\": \"s3cr3t", "decoding stdout: 1:18: found unexpected end of stream"),
        (
            object("", version: "client.authentication.k8s.io/v1beta1"),
            "exec plugin is configured to use API version \(v1), plugin returned version client.authentication.k8s.io/v1beta1"
        ),
        (object("", version: "v1"), #"decoding stdout: no kind "ExecCredential" is registered for version "v1""#),
        (object("", kind: "Pod"), #"decoding stdout: no kind "Pod" is registered for version "\#(v1)""#),
        (
            object("", kind: "s3cr3t-value"),
            #"decoding stdout: no kind "(not a name)" is registered for version "\#(v1)""#
        ),
        (object(""), "exec plugin didn't return a status field"),
        (object("null"), "exec plugin didn't return a status field"),
        (object(#""s3cr3t""#), "decoding stdout: status: expected a mapping, found a string"),
        (object("{}"), "exec plugin didn't return a token or cert/key pair"),
        (object(#"{"token":""}"#), "exec plugin didn't return a token or cert/key pair"),
        (object(#"{"token":12345}"#), "decoding stdout: status.token: expected a string, found a number"),
        (
            object(#"{"token":"s3cr3t\n"}"#),
            "invalid header field value for \"Authorization\": the token contains control characters"
        ),
        (object(#"{"clientKeyData":"s3cr3t"}"#), "exec plugin returned only certificate or key, not both"),
        (
            object(#"{"token":"t","clientCertificateData":"c"}"#),
            "exec plugin returned only certificate or key, not both"
        ),
        (
            object(#"{"clientCertificateData":"c","clientKeyData":"s3cr3t"}"#),
            "failed parsing client key/certificate: tls: failed to find any PEM data in certificate input"
        ),
        (
            object(#"{"clientCertificateData":"-----BEGIN C","clientKeyData":"s3cr3t"}"#),
            "failed parsing client key/certificate: tls: failed to find any PEM data in key input"
        ),
        (
            object(#"{"token":"s3cr3t","expirationTimestamp":"tomorrow"}"#),
            "decoding stdout: status.expirationTimestamp: it is not an RFC 3339 time"
        ),
        (
            object(#"{"token":"s3cr3t","expirationTimestamp":7}"#),
            "decoding stdout: status.expirationTimestamp: expected a string, found a number"
        ),
    ])
    func refused(output: String, reason: String) async throws {
        let message = try await message(.text(output))
        #expect(message == Self.begin + reason)
        #expect(message?.contains("s3cr3t") == false)
    }

    @Test(arguments: [
        object(#"{"token":"tok"}"#),
        #"{"apiVersion":"\#(v1)","status":{"token":"tok"}}"#,
        object(#"{"token":"tok","expirationTimestamp":null,"other":[1]}"#),
        "kind: ExecCredential\napiVersion: \(v1)\nstatus:\n  token: tok\n",
        "# made by hand\n---\nkind: ExecCredential\napiVersion: \(v1)\nstatus: {token: tok, expirationTimestamp: 2099-01-01T00:00:00Z}\n---\n!",
    ])
    func accepted(output: String) async throws {
        let transport = ScriptedTransport(queue: [.success(.scripted(body: someObject))])
        let client = try KubeClient.fixture(host: PluginScript([.text(output)]).host) { _ in transport }
        _ = try await client.get(replicaSets, namespace: "shop", name: "web")
        #expect(transport.requests.map { $0.headers["Authorization"] } == ["Bearer tok"])
    }

    /// What libcurl finds only when it connects.
    @Test func anIdentityThatCannotBeUsedIsThePluginsFault() async throws {
        let begin = "-----BEGIN "
        let answer = Self.object(#"{"clientCertificateData":"\#(begin)C","clientKeyData":"\#(begin)K"}"#)
        let reason = "tls: private key does not match public key"
        let client = try KubeClient.fixture(host: PluginScript([.text(answer)]).host) { _ in
            ScriptedTransport(queue: [.failure(.invalidConfiguration(reason))])
        }
        let error = await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }
        #expect(error?.message == Self.begin + "failed parsing client key/certificate: " + reason)
    }

    /// Valid JSON that exceeds a limit of YAML scanners.
    @Test func longTokenOnOneLine() async throws {
        let token = String(repeating: "eyJhbGciOiJSUzI1NiJ9.", count: 2000)
        let transport = ScriptedTransport(queue: [.success(.scripted(body: someObject))])
        let client = try KubeClient.fixture(host: PluginScript(tokens: [token]).host) { _ in transport }
        _ = try await client.get(replicaSets, namespace: "shop", name: "web")
        #expect(transport.requests.first?.headers["Authorization"] == "Bearer \(token)")
    }

    @Test func exitCode() async throws {
        let result = PluginResult(exitCode: 3, output: Secret(Array("s3cr3t".utf8)))
        #expect(try await message(result) == Self.begin + "exec: executable /bin/plugin failed with exit code 3")
    }

    @Test(
        arguments: [
            (.cannotStart("exec format error"), "exec: fork/exec /bin/plugin: exec format error"),
            (.outputTooLarge(limit: 1 << 20), "exec: executable /bin/plugin wrote more than 1 MiB to stdout"),
            (.lost, "exec: the end of executable /bin/plugin was not seen"),
        ] as [(PluginFailure, String)])
    func failures(failure: PluginFailure, reason: String) async throws {
        let host = PluginHost(isInputTerminal: false) { _ throws(PluginFailure) in throw failure }
        let client = try KubeClient.fixture(host: host) { _ in ScriptedTransport(queue: []) }
        let error = await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }
        #expect(error?.message == Self.begin + reason)
        #expect(error?.isSentence == true)
    }

    @Test func cancelledPluginIsAnInterruption() async throws {
        let host = PluginHost(isInputTerminal: false) { _ throws(PluginFailure) in throw .cancelled }
        let client = try KubeClient.fixture(host: host) { _ in ScriptedTransport(queue: []) }
        let error = await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }
        #expect(error == .cancelled)
    }
}
