internal import HTTPTransport
internal import KubeConfig
internal import Synchronization

/// Creates the transports to one cluster, and replaces them when the client certificate changes. Connections made with
/// the old certificate are not reused; the old transport ends with the last body that is being read.
///
/// Long-lived streams have their own HTTP/1.1 transport: they neither share a flow-control window with other requests
/// nor block them. The two versions must not share a transport: libcurl 7.88 then sends requests on the connection of
/// an open stream.
final class TransportSource: Sendable {
    private typealias Identity = ClusterConnection.ClientIdentity
    private typealias Made = (identity: Identity?, transport: any HTTPTransport)
    private let configuration: TransportConfiguration
    private let make: @Sendable (TransportConfiguration) -> any HTTPTransport
    private let answers = Mutex<Made?>(nil)
    private let streams = Mutex<Made?>(nil)

    init(
        _ configuration: TransportConfiguration,
        make: @escaping @Sendable (TransportConfiguration) -> any HTTPTransport
    ) {
        self.configuration = configuration
        self.make = make
    }

    /// - Parameters:
    ///   - identity: replaces the client certificate of the configuration; nil keeps it.
    ///   - isStream: whether the response is long-lived.
    func transport(
        presenting identity: ClusterConnection.ClientIdentity?, isStream: Bool
    ) -> any HTTPTransport {
        var configuration = configuration
        if isStream { configuration.offersHTTP2 = false }
        return isStream
            ? transport(presenting: identity, configuration, in: streams)
            : transport(presenting: identity, configuration, in: answers)
    }

    private func transport(
        presenting identity: Identity?, _ base: TransportConfiguration, in place: borrowing Mutex<Made?>
    ) -> any HTTPTransport {
        // Destroyed after the lock is released: destroying it waits for a thread.
        var outdated: Made?
        defer { withExtendedLifetime(outdated) {} }
        return place.withLock { current in
            if let current, current.identity == identity { return current.transport }
            var configuration = base
            if let identity { configuration.clientIdentity = TransportConfiguration.ClientIdentity(identity) }
            let transport = make(configuration)
            outdated = current
            current = (identity, transport)
            return transport
        }
    }
}

extension TransportConfiguration {
    /// Takes the trust anchors, client certificate and proxy of `connection`.
    ///
    /// - Parameter variables: `SSL_CERT_FILE`, `SSL_CERT_DIR` and `DISABLE_HTTP2` are read, as in Go.
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
