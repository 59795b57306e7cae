internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal

/// One command's way to its cluster.
struct Session: Sendable {
    var connection: ClusterConnection
    var api: RolloutAPI

    init(_ options: ConnectionOptions, in world: World) throws {
        try options.checkNamespace()
        connection = try ClusterConnection.resolve(flags: options.flags, environment: world.host)
        let client = KubeClient(
            connection: connection,
            transport: world.makeTransport(TransportConfiguration(connection, world.host.variables)),
            environment: world.host, time: world.time, userAgent: BuildInfo.userAgent,
            warn: { world.console.err("Warning: \($0.safeForTerminal)\n") })
        api = RolloutAPI(client: client, time: world.time)
    }
}

extension TransportConfiguration {
    /// - Parameter variables: of these count `SSL_CERT_FILE`, `SSL_CERT_DIR` and `DISABLE_HTTP2`, as for Go.
    init(_ connection: ClusterConnection, _ variables: [String: String]) {
        self.init(
            certificateAuthority: connection.tls.certificateAuthority,
            systemRoots: SystemRoots.find(environment: variables),
            skipsVerification: connection.tls.skipsVerification, serverName: connection.tls.serverName,
            clientIdentity: connection.tls.clientIdentity.map {
                ClientIdentity(certificate: $0.certificate, key: $0.key.exposed)
            },
            proxy: connection.proxy, offersHTTP2: variables["DISABLE_HTTP2", default: ""].isEmpty)
    }
}
