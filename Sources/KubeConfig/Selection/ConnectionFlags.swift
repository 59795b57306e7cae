/// kubectl's connection flags, as given; nil or empty where a flag was not. Paths are relative to the working directory.
///
/// How each is written: ``ConnectionFlag``. Which wins over what the kubeconfig says: below.
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

extension KubeConfigFile.Cluster {
    /// `--server` takes the kubeconfig's tls-server-name away; a flag about verification replaces all that the kubeconfig says of it.
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
    /// A flag wins over the kubeconfig's file and data alike; `--token` over its tokenFile too.
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
