internal import Formats

/// The cluster that this pod runs in (client-go rest/config.go `InClusterConfig`).
struct InCluster {
    private static let account = "/var/run/secrets/kubernetes.io/serviceaccount"
    static let tokenFile = "\(account)/token"

    let environment: HostEnvironment
    private let host: String
    private let port: String

    /// Whether the kubelet has told this process where its API server is, with or without a token.
    static func isPod(_ environment: HostEnvironment) -> Bool { address(environment) != nil }

    private static func address(_ environment: HostEnvironment) -> (host: String, port: String)? {
        guard let host = environment.variable("KUBERNETES_SERVICE_HOST"),
            let port = environment.variable("KUBERNETES_SERVICE_PORT")
        else { return nil }
        return (host, port)
    }

    /// Returns nil outside a pod: both variables and a token file are required.
    init?(_ environment: HostEnvironment) {
        guard let (host, port) = Self.address(environment) else { return nil }
        do {
            _ = try environment.readFile(Self.tokenFile)
        } catch {
            // An unreadable token still means that this is a pod; using it reports the error.
            guard error.reason == "permission denied" else { return nil }
        }
        self.environment = environment
        self.host = host
        self.port = port
    }

    /// `$POD_NAMESPACE`, otherwise the service account's namespace.
    var namespace: String? {
        if let name = environment.variable("POD_NAMESPACE") { return name }
        guard let bytes = try? environment.readFile("\(Self.account)/namespace") else { return nil }
        let name = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return name.isEmpty ? nil : name
    }

    /// Applies the flags as for any cluster. An unusable `ca.crt` means the system's roots, as in client-go.
    func connection(_ flags: ConnectionFlags) throws(KubeConfigError) -> ClusterConnection {
        let name = "in-cluster"
        let text = "https://\(host.contains(":") ? "[\(host)]" : host):\(port)"
        let server: ServerURL
        do {
            server = try ServerURL(parsing: text)
        } catch {
            throw .invalidServer(text, error)
        }
        var user = KubeConfigFile.User()
        user.tokenFile = flags.username == nil ? Self.tokenFile : nil
        user.apply(flags)
        var cluster = KubeConfigFile.Cluster()
        cluster.apply(flags)
        if !cluster.skipsVerification, cluster.certificateAuthority == nil,
            let roots = try? environment.readFile("\(Self.account)/ca.crt"), (try? PEM.authorities(in: roots)) != nil
        {
            cluster.certificateAuthorityData = roots
        }
        let selection = Selection(
            contextName: nil, clusterName: name, cluster: cluster, server: text, userName: name, user: user,
            namespace: nil)
        return try ConnectionBuilder(selection: selection, flags: flags, environment: environment).connection(
            to: server)
    }
}
