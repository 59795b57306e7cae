import Formats
import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

@Suite struct ClientCertificateFileTests {
    @Test func filesAreReadAgainAndHalfOfOneIsNotUsed() async throws {
        let files = Mutex(["/crt": "-----BEGIN A\n-----END A", "/key": "-----BEGIN K\n-----END K"])
        let seen = Mutex<[String]>([])
        let time = ManualTime()
        let connection: ClusterConnection = {
            var connection = ClusterConnection(clusterName: "c", server: ServerURL(host: "h"))
            connection.tls.clientIdentity = .init(certificate: Array("first".utf8), key: Secret([]))
            connection.tls.clientIdentityFiles = .init(certificate: "/crt", key: "/key")
            return connection
        }()
        let client = KubeClient(
            connection: connection,
            makeTransport: { configuration in
                let certificate = String(decoding: configuration.clientIdentity?.certificate ?? [], as: UTF8.self)
                seen.withLock { $0.append(certificate) }
                return ScriptedTransport { _ throws(HTTPTransportError) in .scripted(body: "{}") }
            },
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                path throws(HostEnvironment.FileError) in Array((files.withLock { $0[path] } ?? "").utf8)
            }, time: time.source, userAgent: "test/1")
        for step in 0..<4 {
            _ = try await client.get(things, namespace: nil, name: "a")
            if step == 1 { files.withLock { $0["/crt"] = "-----BEGIN B" } }
            if step == 2 { files.withLock { $0["/crt"] = "-----BEGIN C\n-----END C" } }
            try await time.source.sleep(.seconds(61))
        }
        #expect(seen.withLock { $0 } == ["first", "-----BEGIN A\n-----END A", "-----BEGIN C\n-----END C"])
    }
}
