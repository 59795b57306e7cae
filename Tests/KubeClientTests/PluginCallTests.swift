import KubeClient
import KubeConfig
import TestSupport
import Testing

/// How a plugin is run: its input, its executable, and its standard streams.
struct PluginCallTests {
    private func call(
        _ plugin: ClusterConnection.ExecPlugin, isInputTerminal: Bool = false,
        _ environment: HostEnvironment = .fixture()
    ) async throws -> PluginCall? {
        let script = PluginScript(tokens: ["t"])
        var host = script.host
        host.isInputTerminal = isInputTerminal
        let client = try KubeClient.fixture(plugin, host: host, environment: environment) { _ in
            ScriptedTransport(queue: [.success(.scripted(body: someObject))])
        }
        _ = try await client.get(replicaSets, namespace: "shop", name: "web")
        return script.calls.first
    }

    private func failure(
        _ plugin: ClusterConnection.ExecPlugin, _ environment: HostEnvironment = .fixture()
    ) async throws -> String? {
        let client = try KubeClient.fixture(plugin, host: PluginScript(tokens: ["t"]).host, environment: environment) {
            _ in ScriptedTransport(queue: [])
        }
        return await kubeError { () async throws(KubeError) in
            try await client.get(replicaSets, namespace: "shop", name: "web")
        }?.message
    }

    @Test func everything() async throws {
        let plugin = ClusterConnection.ExecPlugin.fixture(
            arguments: ["get-token", "", "a b"],
            environment: [("A", "plugin"), ("B", "1"), ("B", "2"), ("KUBERNETES_EXEC_INFO", "forged")],
            clusterInfo: #"{"server":"https://h","config":null}"#)
        let variables = ["PATH": "/bin", "A": "ours", "EMPTY": "", "9X": "no"]
        let info =
            #"{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","#
            + #""spec":{"cluster":{"server":"https://h","config":null},"interactive":false}}"#
        #expect(
            try await call(plugin, .fixture(variables: variables))
                == PluginCall(
                    executable: "/bin/plugin", name: "/bin/plugin", arguments: Secret(["get-token", "", "a b"]),
                    environment: Secret(["EMPTY=", "PATH=/bin", "A=plugin", "B=2", "KUBERNETES_EXEC_INFO=\(info)"]),
                    sharesInput: false))
    }

    @Test(
        arguments: [
            (.never, false, false), (.never, true, false), (.ifAvailable, false, false), (.ifAvailable, true, true),
            (.always, true, true),
        ] as [(ClusterConnection.ExecPlugin.InteractiveMode, Bool, Bool)])
    func interaction(
        mode: ClusterConnection.ExecPlugin.InteractiveMode, isTerminal: Bool, isInteractive: Bool
    ) async throws {
        let call = try await call(.fixture(mode: mode), isInputTerminal: isTerminal)
        #expect(call?.sharesInput == isInteractive)
        #expect(
            call?.environment.exposed.last
                == "KUBERNETES_EXEC_INFO={\"kind\":\"ExecCredential\",\"apiVersion\":\"\(v1)\",\"spec\":{\"interactive\":\(isInteractive)}}"
        )
    }

    @Test func alwaysNeedsATerminal() async throws {
        #expect(
            try await failure(.fixture(mode: .always))
                == "Unable to connect to the server: getting credentials: exec plugin cannot support interactive mode: "
                + "standard input is not a terminal")
    }

    @Test(arguments: [
        ("/bin:/usr/bin", "/usr/bin/aws"), ("/opt/none:/usr/bin:/opt/aws", "/usr/bin/aws"),
        ("/opt/aws", "/opt/aws/aws"),
        (":/usr/bin", "/usr/bin/aws"),
    ])
    func lookup(path: String, executable: String) async throws {
        let environment = HostEnvironment.fixture(
            executables: ["/usr/bin/aws", "/opt/aws/aws"], variables: ["PATH": path])
        let call = try await call(.fixture(command: "aws"), environment)
        #expect(call?.executable == executable)
        #expect(call?.name == "aws")
    }

    /// A match that depends on the working directory is rejected and hides later ones, as in Go.
    @Test(arguments: ["", ":/usr/bin", "/usr/bin:", ".", ".:/usr/bin", "bin:/usr/bin", "./bin"])
    func lookupInWorkingDirectory(path: String) async throws {
        let environment = HostEnvironment.fixture(
            executables: ["/work//aws", "/work/./aws", "/work/bin/aws", "/work/./bin/aws"], variables: ["PATH": path])
        #expect(try await failure(.fixture(command: "aws"), environment)?.contains("executable aws not found") == true)
    }

    @Test func notFound() async throws {
        let message = try await failure(.fixture(command: "aws", installHint: "get it:\n\taws\u{1B}[31m \u{202E}é"))
        #expect(
            message == """
                Unable to connect to the server: getting credentials: exec: executable aws not found

                It looks like the client-go credential plugin of this user is not installed.

                What credential plugins are, and how one is configured:
                      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins

                get it:
                \taws\u{55}+001B[31m U+202Eé
                """)
    }

    @Test func missingPath() async throws {
        #expect(
            try await failure(.fixture(command: "/opt/aws"))
                == "Unable to connect to the server: getting credentials: exec: fork/exec /opt/aws: no such file or directory"
        )
    }
}
