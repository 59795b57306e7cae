internal import HTTPTransport
internal import KubeConfig
internal import Synchronization

/// The transport to one cluster, made anew when there is another client certificate: what was connected with the old
/// one is not used again, and ends with the last body that is still being read.
final class TransportSource: Sendable {
    private typealias Identity = ClusterConnection.ClientIdentity
    private let configuration: TransportConfiguration
    private let make: @Sendable (TransportConfiguration) -> any HTTPTransport
    private let current = Mutex<(identity: Identity?, transport: any HTTPTransport)?>(nil)

    init(
        _ configuration: TransportConfiguration,
        make: @escaping @Sendable (TransportConfiguration) -> any HTTPTransport
    ) {
        self.configuration = configuration
        self.make = make
    }

    /// - Parameter identity: takes the place of the configuration's own; nil leaves that.
    func transport(presenting identity: ClusterConnection.ClientIdentity?) -> any HTTPTransport {
        // Leaves the lock before it goes: its end waits for a thread.
        var outdated: (identity: Identity?, transport: any HTTPTransport)?
        defer { withExtendedLifetime(outdated) {} }
        return current.withLock { current in
            if let current, current.identity == identity { return current.transport }
            var configuration = configuration
            if let identity { configuration.clientIdentity = TransportConfiguration.ClientIdentity(identity) }
            let transport = make(configuration)
            outdated = current
            current = (identity, transport)
            return transport
        }
    }
}

extension TransportConfiguration {
    /// Trust, identity and proxy of `connection`.
    ///
    /// - Parameter variables: of these count `SSL_CERT_FILE`, `SSL_CERT_DIR` and `DISABLE_HTTP2`, as for Go.
    init(_ connection: ClusterConnection, _ variables: [String: String]) {
        self.init(
            certificateAuthority: connection.tls.certificateAuthority,
            systemRoots: SystemRoots.find(environment: variables),
            skipsVerification: connection.tls.skipsVerification, serverName: connection.tls.serverName,
            clientIdentity: connection.tls.clientIdentity.map { ClientIdentity($0) }, proxy: connection.proxy,
            offersHTTP2: variables["DISABLE_HTTP2", default: ""].isEmpty)
    }
}

extension TransportConfiguration.ClientIdentity {
    fileprivate init(_ identity: ClusterConnection.ClientIdentity) {
        self.init(certificate: identity.certificate, key: identity.key.exposed)
    }
}
