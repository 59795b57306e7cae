/// kubectl's connection flags, as given; nil or empty where a flag was not. Paths are relative to the working directory.
package struct ConnectionFlags: Sendable, Equatable {
    package var kubeconfig: String?
    package var context: String?
    package var cluster: String?
    package var user: String?
    package var namespace: String?
    package var server: String?
    package var certificateAuthority: String?
    package var insecureSkipTLSVerify = false
    package var tlsServerName: String?
    package var clientCertificate: String?
    package var clientKey: String?
    package var token: Secret<String>?
    package var username: String?
    package var password: Secret<String>?
    package var impersonatedUser: String?
    package var impersonatedUID: String?
    package var impersonatedGroups: [String] = []
    package var disableCompression = false
    /// Text as typed: a bare integer is seconds, otherwise Go's duration syntax; `0` is none.
    package var requestTimeout: String?

    package init() {}
}
