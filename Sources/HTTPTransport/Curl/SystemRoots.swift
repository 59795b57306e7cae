internal import Platform

/// The locations of the root certificates that are trusted if a cluster specifies no CA.
package struct SystemRoots: Sendable, Equatable {
    /// A PEM bundle; nil for the one libcurl was built with.
    package var file: String?
    /// Directories of certificates under their OpenSSL hash names, separated by colons; nil for libcurl's.
    package var directory: String?

    package init(file: String? = nil, directory: String? = nil) {
        self.file = file
        self.directory = directory
    }

    /// Locates them like Go: `SSL_CERT_FILE` and `SSL_CERT_DIR` first, then the distribution's bundle.
    ///
    /// Unlike in Go, only files with hash names count in a directory.
    package static func find(environment: [String: String]) -> SystemRoots {
        func value(_ name: String) -> String? {
            environment[name].flatMap { $0.isEmpty ? nil : $0 }
        }
        let bundle = bundles.first { Files.isReadable($0) }
        return SystemRoots(file: value("SSL_CERT_FILE") ?? bundle, directory: value("SSL_CERT_DIR"))
    }

    /// crypto/x509 root_linux.go `certFiles`; a static libcurl knows only the path of its build machine.
    private static let bundles = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/ca-bundle.pem",
        "/etc/pki/tls/cacert.pem",
        "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
        "/etc/ssl/cert.pem",
    ]
}
