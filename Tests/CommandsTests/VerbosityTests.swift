import ArgumentParser
import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import Commands

struct VerbosityTests {
    @Test(arguments: [
        ["-v", "6"], ["-v=6"], ["-v6"], ["--v=6"], ["--v", "6"], ["--verbose"], ["--verbose=6"],
    ])
    func spellings(flags: [String]) throws {
        #expect(try ArgumentNormalizer.normalize(["list"] + flags, commands: ["list"]) == ["list", "--v", "6"])
        #expect(try ArgumentNormalizer.normalize(flags + ["list"], commands: ["list"]) == ["list", "--v", "6"])
        let parsed = try RootCommand.parseAsRoot(["list", "--v", "6"]) as? ListCommand
        #expect(parsed?.connection.verbosity == Verbosity(level: 6))
    }

    /// The word after a bare `--verbose` is not its value.
    @Test func verboseTakesNoWord() throws {
        #expect(
            try ArgumentNormalizer.normalize(["list", "--verbose", "web"], commands: ["list"])
                == ["list", "--v", "6", "--", "web"])
    }

    @Test(arguments: ["x", "-1", "", "1.5"])
    func noLevels(text: String) async {
        let secrets = SecretWorld()
        #expect(await secrets.run(["list", "-v=\(text)"]) == .usage)
    }

    @Test func silentByDefault() async {
        let secrets = SecretWorld()
        #expect(await secrets.run(["list"]) == .success)
        #expect(secrets.printed == "No Rollout needs healing in shop namespace.\n")
    }

    @Test func filesAndChoiceAtSix() async {
        let secrets = SecretWorld()
        #expect(await secrets.run(["list", "-v=6"]) == .success)
        #expect(
            secrets.printed == """
                Read /k/config
                Using context "ctx", cluster "cl", https://h:6443, namespace "shop", token
                GET https://h:6443/apis/argoproj.io/v1alpha1/namespaces/shop/rollouts?limit=500 200 in 0 ms
                No Rollout needs healing in shop namespace.

                """)
    }
}

/// No credential is printed at -v=10.
struct VerbositySecrecyTests {
    private static let users = [
        "token: s3cr3t", "username: u, password: s3cr3t", "tokenFile: token",
        "client-certificate: us.crt, client-key: us.key", "token: s3cr3t, as: jane, as-user-extra: {k: [s3cr3t]}",
        "exec: {apiVersion: \(version), command: plugin, interactiveMode: Never, args: [s3cr3t], "
            + "env: [{name: KEY, value: s3cr3t}]}",
    ]
    private static let version = "client.authentication.k8s.io/v1"
    private static let answers: [(Int, String)] = [
        (200, #"{"items":[]}"#), (200, "s3cr3t"), (401, "s3cr3t"), (404, #"{"items":"s3cr3t"}"#),
        (403, #"{"kind":"Status","message":"no"}"#),
        (500, "{}"), (0, ""),
    ]
    private static let outputs: [(Int32, String)] = [
        (0, #"{"kind":"ExecCredential","apiVersion":"\#(version)","status":{"token":"s3cr3t"}}"#),
        (0, #"{"kind":"ExecCredential","apiVersion":"\#(version)","status":{"clientKeyData":"s3cr3t"}}"#),
        (0, "s3cr3t"), (0, "{s3cr3t: s3cr3t"), (0, "kind: [s3cr3t]"), (1, "s3cr3t"),
    ]

    @Test(arguments: users)
    func everyCredential(user: String) async {
        for (status, body) in Self.answers { await check(user: user, answer: (status, body)) }
    }

    @Test func everyOutputOfAPlugin() async throws {
        for output in Self.outputs { await check(user: try #require(Self.users.last), output: output) }
    }

    @Test func proxy() async {
        await check(cluster: ", proxy-url: 'http://u:s3cr3t@proxy:3128'", answer: (0, ""))
    }

    private func check(
        user: String = "token: s3cr3t", cluster: String = "", answer: (Int, String) = (200, #"{"items":[]}"#),
        output: (Int32, String) = outputs[0]
    ) async {
        let secrets = SecretWorld(user: user, cluster: cluster, answer: answer, output: output)
        _ = await secrets.run(["list", "-v=10"])
        #expect(secrets.printed.contains("Read /k/config\n"))
        #expect(!secrets.printed.contains("s3cr3t"), "\(secrets.printed)")
        #expect(!secrets.printed.contains("czNjcjN0"), "in Base64: \(secrets.printed)")
    }

    @Test func tokenFromAFlag() async {
        let secrets = SecretWorld(user: "username: u")
        _ = await secrets.run(["list", "-v=10", "--token=s3cr3t", "--user=us"])
        #expect(!secrets.printed.contains("s3cr3t"))
    }
}

/// A world whose every secret is or contains "s3cr3t".
final class SecretWorld: Sendable {
    private let world: World
    private let lines: LineBuffer

    init(
        user: String = "token: s3cr3t", cluster: String = "", answer: (Int, String) = (200, #"{"items":[]}"#),
        output: (Int32, String) = (0, "")
    ) {
        let lines = LineBuffer()
        let files = [
            "/k/config": """
            current-context: ctx
            contexts: [{name: ctx, context: {cluster: cl, user: us, namespace: shop}}]
            clusters: [{name: cl, cluster: {server: 'https://h:6443'\(cluster)}}]
            users: [{name: us, user: {\(user)}}]
            """,
            "/k/token": "s3cr3t", "/k/us.crt": "-----BEGIN CERTIFICATE-----",
            "/k/us.key": "-----BEGIN PRIVATE KEY-----s3cr3t",
        ]
        let host = HostEnvironment(
            variables: ["KUBECONFIG": "/k/config", "PATH": "/bin", "KEY": "s3cr3t"], workingDirectory: "/work",
            readFile: { path throws(HostEnvironment.FileError) in
                guard let text = files[path] else {
                    throw HostEnvironment.FileError(isMissing: true, reason: "no such file or directory")
                }
                return Array(text.utf8)
            }, checkExecutable: { _ throws(HostEnvironment.FileError) in })
        let transport = ScriptedTransport { _ throws(HTTPTransportError) in
            guard answer.0 > 0 else { throw .tls("bad") }
            return .scripted(answer.0, headers: ["Set-Cookie": "s3cr3t"], body: answer.1)
        }
        let time = TimeSource(
            wallClock: { ObjectFixture.now }, uptime: { .zero }, sleep: { _ throws(CancellationError) in },
            random: { 0 })
        let console = Console(
            out: { lines.add($0) }, err: { lines.add($0) }, readLine: { nil },
            readInput: { () throws(Console.InputError) in nil }, isInputTerminal: false, isOutputTerminal: false,
            isErrorTerminal: false, size: { .init(columns: 80, rows: 24) })
        var world = World(
            host: host, time: time, console: console, makeTransport: { _ in transport }, writeIfPresent: { _, _ in })
        world.runPlugin = { _ async throws(PluginFailure) in
            PluginResult(exitCode: output.0, output: Secret(Array(output.1.utf8)))
        }
        self.world = world
        self.lines = lines
    }

    /// The output to both streams, in order.
    var printed: String { lines.text }

    func run(_ arguments: [String]) async -> Commands.ExitStatus {
        await Program(world).run(arguments)
    }
}

final class LineBuffer: Sendable {
    private let buffer = Mutex("")

    var text: String { buffer.withLock { $0 } }

    func add(_ text: String) { buffer.withLock { $0 += text } }
}
