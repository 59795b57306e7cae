internal import Documents

/// The relevant fields of one kubeconfig file, with absolute paths. Empty strings count as absent.
struct KubeConfigFile: Sendable {
    var currentContext: String?
    /// In file order; names are unique within a file.
    var clusters: [(name: String, entry: Cluster)] = []
    var contexts: [(name: String, entry: Context)] = []
    var users: [(name: String, entry: User)] = []

    struct Cluster: Sendable {
        var server: String?
        var tlsServerName: String?
        var skipsVerification = false
        var certificateAuthority: String?
        var certificateAuthorityData: [UInt8]?
        var proxyURL: Secret<String>?
        var disablesCompression = false
        /// The extension `client.authentication.k8s.io/exec`: configuration for a plugin about this cluster.
        var execConfiguration: YAMLNode?
    }

    struct Context: Sendable {
        var cluster: String?
        var user: String?
        var namespace: String?
    }

    struct User: Sendable {
        var clientCertificate: String?
        var clientCertificateData: [UInt8]?
        var clientKey: String?
        var clientKeyData: Secret<[UInt8]>?
        var token: Secret<String>?
        var tokenFile: String?
        var username: String?
        var password: Secret<String>?
        var impersonatedUser: String?
        var impersonatedUID: String?
        var impersonatedGroups: [String] = []
        var impersonatedExtra: [String: [String]] = [:]
        /// The provider's name; empty if it has none.
        var authProvider: String?
        var exec: Exec?
    }

    struct Exec: Sendable {
        var apiVersion: String?
        var command: String?
        var arguments: [String] = []
        var environment: [(name: String, value: Secret<String>)] = []
        var interactiveMode: String?
        var installHint: String?
        var providesClusterInfo = false
    }
}
