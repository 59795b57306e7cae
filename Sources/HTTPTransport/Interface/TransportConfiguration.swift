/// What holds for every request of one transport: trust, identity, proxy, bounds.
package struct TransportConfiguration: Sendable {
    package struct ClientIdentity: Sendable {
        /// PEM, chain included.
        package var certificate: [UInt8]
        /// PEM. Never printed.
        package var key: [UInt8]

        package init(certificate: [UInt8], key: [UInt8]) {
            self.certificate = certificate
            self.key = key
        }
    }

    /// PEM; exclusive: with it the system's roots count no more. Nil means the system's roots.
    package var certificateAuthority: [UInt8]?
    /// What is trusted without a certificate authority.
    package var systemRoots: SystemRoots
    package var skipsVerification: Bool
    /// SNI and the name that is verified, where they are not the URL's host.
    package var serverName: String?
    package var clientIdentity: ClientIdentity?
    /// `http://`, `https://` or `socks5://` with optional user info; nil goes direct. The proxy environment is never read here.
    package var proxy: String?
    package var offersHTTP2: Bool
    /// client-go's dialer: 30 s.
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
