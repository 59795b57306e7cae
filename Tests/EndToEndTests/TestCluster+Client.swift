import Foundation
import KubeClient
import KubeConfig
import TestSupport
import Testing

extension TestCluster {
    /// A client of the administrator whose clock is `time`.
    func client(_ time: ManualTime) throws -> KubeClient {
        let port = try #require(URLComponents(string: server)?.port)
        return KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "127.0.0.1", port: port)),
            transport: transport,
            environment: HostEnvironment(
                variables: [:], workingDirectory: "/",
                readFile: { _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "") }),
            time: time.source, userAgent: "test/1")
    }
}
