import Foundation
import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport
import Testing

/// A real plugin, a real transport and a server, all on this machine.
struct PluginEndToEndTests {
    private let directory = PluginDirectory()

    /// A plugin that returns `first`, `second`, … and counts its runs in a file.
    private func plugin(_ status: String) throws -> ClusterConnection.ExecPlugin {
        let script = """
            #!/bin/sh
            runs=$(cat runs 2>/dev/null || echo 0)
            runs=$((runs + 1))
            echo $runs > \(directory.path("runs"))
            cat <<END
            kind: ExecCredential
            apiVersion: \(v1)
            status: \(status)
            END
            """
        let path = try directory.write("plugin", script.replacing("cat runs", with: "cat \(directory.path("runs"))"))
        return .fixture(command: path)
    }

    private func client(
        _ plugin: ClusterConnection.ExecPlugin, server: String, tls: ClusterConnection.TLS = .init()
    ) throws -> KubeClient {
        try KubeClient.fixture(
            plugin, server: server, tls: tls, host: .process(isInputTerminal: false), environment: .process
        ) { CurlTransport($0) }
    }

    @Test(.timeLimit(.minutes(1)))
    func secondTokenAfter401() async throws {
        let seen = Mutex<[String]>([])
        let server = try LoopbackServer { connection in
            while let request = try connection.readRequest() {
                let token = request["Authorization"] ?? ""
                seen.withLock { $0.append(token) }
                let isKnown = token == "Bearer token-2"
                try connection.respond(isKnown ? someObject : "{}", status: isKnown ? 200 : 401)
            }
        }
        // A credential over plain HTTP is possible only here: a kubeconfig does not allow it.
        let client = try client(try plugin("{token: token-$runs}"), server: server.url)
        for _ in 0..<2 {
            let object = try await client.get(replicaSets, namespace: "shop", name: "web")
            #expect(String(decoding: object, as: UTF8.self) == someObject)
        }
        #expect(seen.withLock { $0 } == ["Bearer token-1", "Bearer token-2", "Bearer token-2"])
        #expect(try await directory.waitFor("runs") == "2")
    }

    @Test(.enabled("there is no openssl command") { await TestCertificates.areAvailable() }, .timeLimit(.minutes(1)))
    func clientCertificateIsPresented() async throws {
        try await TestCertificates.with { certificates in
            func indented(_ file: String) throws -> String {
                String(decoding: try certificates.bytes(file), as: UTF8.self).split(separator: "\n")
                    .map { "    " + $0 }.joined(separator: "\n")
            }
            let plugin = try plugin(
                """

                  clientCertificateData: |
                \(try indented("client.pem"))
                  clientKeyData: |
                \(try indented("client.key"))
                """)
            let authority = try certificates.bytes("ca.pem")
            let log = try await TLSServer.with(
                certificates, "loopback", options: ["-Verify", "1", "-CAfile", certificates.path("ca.pem")]
            ) { server in
                let client = try client(
                    plugin, server: server.url, tls: .init(certificateAuthority: authority))
                // The server answers "ok", which is no object; any response is sufficient here.
                let error = await kubeError { () async throws(KubeError) in
                    try await client.get(replicaSets, namespace: "shop", name: "web")
                }
                #expect(error?.message.contains("it is of no type, not JSON") == true, "\(error?.message ?? "none")")
                return server.log
            }
            #expect(log.contains("CN = healer") || log.contains("CN=healer"), "\(log)")
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func cancellingTheRequestEndsThePlugin() async throws {
        let duration = try await fastest(of: 10) { attempt in
            let pid = directory.path("pid\(attempt)")
            let script = "#!/bin/sh\necho $$ > \(pid).new; mv \(pid).new \(pid); exec sleep 60\n"
            let path = try directory.write("plugin\(attempt)", script)
            let client = try client(.fixture(command: path), server: "http://127.0.0.1:1")
            let task = Task {
                await kubeError { () async throws(KubeError) in
                    try await client.get(replicaSets, namespace: "shop", name: "web")
                }
            }
            let identifier = try await directory.waitFor("pid\(attempt)")
            let start = ContinuousClock.now
            task.cancel()
            #expect(await task.value == .cancelled)
            #expect(kill(try #require(Int32(identifier)), 0) == -1)
            return ContinuousClock.now - start
        }
        #expect(duration < .milliseconds(200))
    }
}
