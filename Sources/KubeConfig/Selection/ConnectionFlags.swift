/// kubectl's connection flags as given; nil or empty for flags that were not. Paths are relative to the working
/// directory.
///
/// ``ConnectionFlag`` defines their notation; `apply(_:)` below defines their precedence over the kubeconfig.
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
    /// The text as typed: an integer is seconds, otherwise Go's duration syntax; `0` for none.
    package var requestTimeout: String?
    /// The client's own limit of requests per second, as typed.
    package var qps: String?
    /// Requests that the limit allows at once, as typed.
    package var burst: String?

    package init() {}
}

extension KubeConfigFile.Cluster {
    /// Applies the flags: `--server` drops the kubeconfig's `tls-server-name`, and a flag about verification replaces
    /// all of its verification settings.
    mutating func apply(_ flags: ConnectionFlags) {
        if flags.server != nil || flags.tlsServerName != nil { tlsServerName = flags.tlsServerName }
        server = flags.server ?? server
        if flags.insecureSkipTLSVerify || flags.certificateAuthority != nil {
            skipsVerification = flags.insecureSkipTLSVerify
            certificateAuthority = flags.certificateAuthority
            certificateAuthorityData = nil
        }
        disablesCompression = disablesCompression || flags.disableCompression
    }
}

extension KubeConfigFile.User {
    /// Applies the flags: each replaces both the file and the data of the kubeconfig, `--token` its `tokenFile` too.
    mutating func apply(_ flags: ConnectionFlags) {
        if let token = flags.token {
            self.token = token
            tokenFile = nil
        }
        username = flags.username ?? username
        password = flags.password ?? password
        if let path = flags.clientCertificate {
            clientCertificate = path
            clientCertificateData = nil
        }
        if let path = flags.clientKey {
            clientKey = path
            clientKeyData = nil
        }
        impersonatedUser = flags.impersonatedUser ?? impersonatedUser
        impersonatedUID = flags.impersonatedUID ?? impersonatedUID
        if !flags.impersonatedGroups.isEmpty { impersonatedGroups = flags.impersonatedGroups }
    }
}
