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
            connection: connection, transport: world.makeTransport(TransportConfiguration(connection)),
            environment: world.host, time: world.time, userAgent: BuildInfo.userAgent,
            warn: { world.console.err("Warning: \($0.safeForTerminal)\n") })
        api = RolloutAPI(client: client, time: world.time)
    }
}

extension TransportConfiguration {
    init(_ connection: ClusterConnection) {
        self.init(
            certificateAuthority: connection.tls.certificateAuthority,
            skipsVerification: connection.tls.skipsVerification, serverName: connection.tls.serverName,
            clientIdentity: connection.tls.clientIdentity.map {
                ClientIdentity(certificate: $0.certificate, key: $0.key.exposed)
            },
            proxy: connection.proxy)
    }
}
