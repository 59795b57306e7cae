internal import HTTPTransport
internal import KubeConfig
internal import Synchronization

/// The transport to one cluster, made anew when there is another client certificate: what was connected with the old
/// one is not used again, and ends with the last body that is still being read.
///
/// Streams that last have a transport of their own, with HTTP/1.1: they share no window with others and hold up none.
/// Both versions in one transport must not be: libcurl 7.88 then sends requests on the connection of an open stream.
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
    ///   - identity: takes the place of the configuration's own; nil leaves that.
    ///   - isStream: for a response that lasts.
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
        // Leaves the lock before it goes: its end waits for a thread.
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
