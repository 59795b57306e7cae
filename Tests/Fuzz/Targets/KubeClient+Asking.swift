import HTTPTransport
import KubeConfig

@testable import KubeClient

extension KubeClient {
    /// A client of a server that a target simulates, without files or variables.
    static func asking(_ server: any HTTPTransport, time: TimeSource) -> KubeClient {
        KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h", port: 6443, path: "")),
            transport: server,
            environment: HostEnvironment(variables: [:], workingDirectory: "/") { _ throws(HostEnvironment.FileError) in
                throw .init(isMissing: true, reason: "no such file or directory")
            }, time: time, userAgent: "test/1")
    }
}
