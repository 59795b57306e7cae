/// Settings for all requests of one transport: trust, client identity, proxy, limits.
package struct TransportConfiguration: Sendable {
    package struct ClientIdentity: Sendable {
        /// PEM, including the chain.
        package var certificate: [UInt8]
        /// PEM; never printed.
        package var key: [UInt8]

        package init(certificate: [UInt8], key: [UInt8]) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// PEM; replaces the system's roots. Nil means the system's roots.
    package var certificateAuthority: [UInt8]?
    /// The roots that are trusted without a certificate authority.
    package var systemRoots: SystemRoots
    package var skipsVerification: Bool
    /// The name for SNI and verification if it differs from the URL's host.
    package var serverName: String?
    package var clientIdentity: ClientIdentity?
    /// `http://`, `https://` or `socks5://` with optional user info; nil for a direct connection. Proxy variables are
    /// not read here.
    package var proxy: String?
    package var offersHTTP2: Bool
    /// 30 s by default, as in client-go's dialer.
    package var connectTimeout: Duration
    package var maxConnections: Int

    package init(
        certificateAuthority: [UInt8]? = nil, systemRoots: SystemRoots = SystemRoots(),
        skipsVerification: Bool = false, serverName: String? = nil, clientIdentity: ClientIdentity? = nil,
        proxy: String? = nil,
        offersHTTP2: Bool = true, connectTimeout: Duration = .seconds(30), maxConnections: Int = 8
    ) {
        self.certificateAuthority = certificateAuthority
        self.systemRoots = systemRoots
        self.skipsVerification = skipsVerification
        self.serverName = serverName
        self.clientIdentity = clientIdentity
        self.proxy = proxy
        self.offersHTTP2 = offersHTTP2
        self.connectTimeout = connectTimeout
        self.maxConnections = maxConnections
    }
}
