internal import Platform

/// Where the certificates lie that are trusted when a cluster names none.
package struct SystemRoots: Sendable, Equatable {
    /// A PEM bundle; nil is the one libcurl was built with.
    package var file: String?
    /// Directories of certificates under their OpenSSL hash names, joined by colons; nil is libcurl's.
    package var directory: String?

    package init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }

    /// As Go finds them: `SSL_CERT_FILE` and `SSL_CERT_DIR` first, then the bundle of the distribution.
    ///
    /// Unlike Go, a directory counts by its hash names alone.
    package static func find(environment: [String: String]) -> SystemRoots {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let bundle = bundles.first { Files.isReadable($0) }
        return SystemRoots(file: value("SSL_CERT_FILE") ?? bundle, directory: value("SSL_CERT_DIR"))
    }

    /// crypto/x509 root_linux.go: certFiles. A libcurl linked in knows only the path of the machine that built it.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]
}
