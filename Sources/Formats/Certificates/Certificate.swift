/// What an X.509 certificate says, as far as Go's crypto/x509 looks at it to judge a server.
///
/// Whether its signature is right is left to the TLS library.
package struct Certificate: Sendable, Equatable {
    package enum Key: Sendable, Equatable {
        case rsa(bits: Int)
        case ellipticCurve
        case ed25519
        /// One that no signature can be checked with.
        case unknown
    }

    package enum Signature: Sendable, Equatable {
        case known
        /// By its name: "SHA1-RSA".
        case insecure(String)
        case unknown
    }

    package enum Usage: Sendable, Equatable {
        case server
        case any
        case other
    }

    /// 1 to 3.
    package var version: Int
    /// The whole encoding, by which names are compared.
    package var issuer: [UInt8]
    package var subject: [UInt8]
    /// The subject's last one; empty if it has none.
    package var commonName: String
    package var notBefore: Timestamp
    package var notAfter: Timestamp
    package var key: Key
    package var signature: Signature
    package var extensions = Extensions()

    /// The extensions that count.
    package struct Extensions: Sendable, Equatable {
        /// Whether there is a subjectAltName, even one without a name or address.
        package var hasAlternativeNames = false
        package var names: [String] = []
        package var addresses: [IPAddress] = []
        /// Nil without basic constraints.
        package var isAuthority: Bool?
        /// How many certificates may be between it and the server's own; nil for any number.
        package var pathLength: Int?
        /// Whether there is a key usage, and it does not allow to sign certificates.
        package var forbidsSigning = false
        package var usages: [Usage] = []
        /// Whether one is critical that Go does not know.
        package var hasUnknownCritical = false
    }
}
