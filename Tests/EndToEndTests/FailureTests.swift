import Foundation
import TestSupport
import Testing

/// Failures before, at and after the API server give one clear error each.
@Suite(.onCluster, .inTurn)
struct FailureTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    struct Row: Sendable, CustomTestStringConvertible {
        var arguments: [String]
        var status: Int32
        var says: String

        var testDescription: String { arguments.joined(separator: " ") }
    }

    @Test(arguments: [
        Row(
            arguments: ["list", "--context", "nowhere"], status: 1,
            says: "Error in configuration: context was not found for specified context: nowhere"),
        Row(
            arguments: ["list", "--kubeconfig", "/nonexistent/config"], status: 1,
            says: "error: stat /nonexistent/config: no such file or directory"),
        Row(arguments: ["list", "-n", "Shop"], status: 2, says: "error: invalid namespace \"Shop\""),
        Row(arguments: ["list", "-n", ""], status: 2, says: "error: invalid namespace \"\": it is empty"),
        Row(arguments: ["restart", "-n", ""], status: 2, says: "error: invalid namespace \"\": it is empty"),
        Row(arguments: ["restart", "web", "-A"], status: 2, says: "cannot be retrieved by name across all namespaces"),
        Row(arguments: ["restart", "web", "-l", "a=b"], status: 2, says: "name cannot be provided when a selector"),
        Row(arguments: ["list", "--nonsense"], status: 2, says: "error: unknown flag: --nonsense"),
        Row(arguments: ["mend"], status: 2, says: "error: unknown command \"mend\""),
        Row(arguments: ["restart", "--dry-run"], status: 2, says: "--dry-run=client or --dry-run=server"),
        Row(
            arguments: ["list", "--server", "https://127.0.0.1:1"], status: 1,
            says: "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"),
        Row(
            arguments: ["list", "--server", "https://nowhere.invalid"], status: 1,
            says: "Unable to connect to the server: lookup nowhere.invalid: no such host"),
        Row(
            arguments: ["list", "--token", "expired", "--context", "viewer"], status: 3,
            says: "error: You must be logged in to the server (Unauthorized)"),
        Row(
            arguments: ["list", "--tls-server-name", "other.test"], status: 1,
            says: "Unable to connect to the server: tls: failed to verify certificate: x509: certificate is valid for "),
        Row(
            arguments: ["list", "--context", "no-rollouts"], status: 3,
            says: "Error from server (Forbidden): rollouts.argoproj.io is forbidden: User \"no-rollouts\" cannot list"),
        Row(
            arguments: ["list", "nobody", "-n", "shop"], status: 1,
            says: "Error from server (NotFound): rollouts.argoproj.io \"nobody\" not found"),
        Row(
            arguments: ["restart", "web", "-n", "no-such-namespace"], status: 1,
            says: "Error from server (NotFound): namespaces \"no-such-namespace\" not found"),
        Row(
            arguments: ["list", "-l", "=="], status: 1,
            says: "Error from server (BadRequest): Unable to find \"argoproj.io/v1alpha1, Resource=rollouts\" that "
                + "match label selector \"==\", field selector \"\": "),
    ])
    func oneClearErrorEach(_ row: Row) async throws {
        let run = try await PluginProcess.run(
            TestCluster.binary, row.arguments, environment: ["KUBECONFIG": cluster.kubeconfig])
        #expect(run.status == row.status, "\(run.errors)")
        #expect(run.errors.contains(row.says), "\(run.errors)")
        #expect(run.output.isEmpty)
    }

    @Test func anotherAuthorityIsNotTrusted() async throws {
        try await TestCertificates.with { certificates in
            let run = try await cluster.plugin("list", "--certificate-authority", "\(certificates.directory)/ca.pem")
            #expect(run.status == 1)
            #expect(
                run.errors.hasPrefix(
                    "Unable to connect to the server: tls: failed to verify certificate: x509: certificate signed by "
                        + "unknown authority"))
            #expect(run.errors.contains("hint: check certificate-authority"))
        }
    }

    @Test func aMalformedKubeconfigIsNamedWithItsPlace() async throws {
        let path = NSTemporaryDirectory() + "config-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try PrivateFile.write("apiVersion: v1\nusers:\n- name: a\n  user: {token: 12}\n", to: path)
        let typed = try await PluginProcess.run(TestCluster.binary, ["list", "--kubeconfig", path])
        #expect(typed.status == 1)
        #expect(typed.errors.hasPrefix("error: \(path):4:17: users[0].user.token: expected a string, found a number"))
        try PrivateFile.write("apiVersion: v1\nusers: [\n", to: path)
        let broken = try await PluginProcess.run(TestCluster.binary, ["list", "--kubeconfig", path])
        #expect(broken.errors.hasPrefix("error: \(path):3:1: "))
    }

    @Test func aPageInsteadOfJSONIsSaid() async throws {
        let server = try LoopbackServer { connection in
            while try connection.readRequest() != nil {
                try connection.respond("<html>log in</html>", headers: ["Content-Type: text/html"])
            }
        }
        for arguments in [["list"], ["restart"], ["explain", "web"]] {
            let run = try await PluginProcess.run(
                TestCluster.binary, arguments + ["--server", server.url, "--namespace", "shop"])
            #expect(run.status == 1)
            #expect(run.errors.contains("it is text/html, not"))
            #expect(!run.errors.contains("<html>"))
        }
    }

    @Test func withoutTheDefinitionArgoRolloutsIsNamed() async throws {
        let server = try LoopbackServer { connection in
            while try connection.readRequest() != nil {
                try connection.respond(
                    "404 page not found\n", status: 404, headers: ["Content-Type: text/plain"])
            }
        }
        let run = try await PluginProcess.run(TestCluster.binary, ["list", "-A", "--server", server.url])
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("error: the server doesn't have a resource type \"rollouts\"\n"))
        #expect(run.errors.contains("hint: Argo Rollouts is not installed"))
    }

    /// At `-v 10`, for every command that sends the token, with an exposed kubeconfig, which is reported once.
    @Test(arguments: ["list", "restart", "explain web", "watch", "watch --heal"])
    func neitherTokenNorFileIsGivenAway(words: String) async throws {
        let namespace = try await cluster.makeNamespace("secret")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        let path = NSTemporaryDirectory() + "config-\(UInt32.random(in: 0...UInt32.max))"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let config = try String(contentsOfFile: cluster.kubeconfig, encoding: .utf8)
        let tokens = config.matches(of: #/token: (?<token>[0-9a-f]+)/#).map { String($0.token) }
        try #require(tokens.count >= 4)
        try PrivateFile.write(config, to: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: path)

        let run = try RunningPlugin(
            TestCluster.binary,
            words.split(separator: " ").map(String.init).settled + [
                "-n", namespace, "-v", "10", "--context", "healer",
            ],
            environment: ["KUBECONFIG": path])
        if words.hasPrefix("watch") {
            try await run.wait("begun") { run.errors.contains("watch=true") && run.errors.contains("/replicasets") }
            run.signal(SIGTERM)
        }
        _ = try await run.end()
        #expect(run.errors.contains("Authorization: Bearer <masked>"), "\(run.errors)")
        for token in tokens { #expect(!(run.output + run.errors).contains(token)) }
        let warning = "warning: kubeconfig \(path) may be read by its group and others; "
        #expect(run.errors.split(separator: "\n").count { $0.hasPrefix(warning) } == 1, "\(run.errors)")
        #expect(!run.output.contains(warning))
    }
}
