internal import Formats

/// Builds a connection from a selection: validates it, reads its files, and withholds credentials from plain HTTP.
struct ConnectionBuilder {
    let selection: Selection
    let flags: ConnectionFlags
    let environment: HostEnvironment

    func connection(to server: ServerURL) throws(KubeConfigError) -> ClusterConnection {
        let found = Validation(selection, environment: environment)
        try found.throwProblems()
        let cluster = selection.cluster
        if cluster.skipsVerification, found.certificateAuthority != nil { throw .rootsWithInsecure }
        var tls = ClusterConnection.TLS()
        var credential = ClusterConnection.Credential.anonymous
        let choice = CredentialChoice(
            user: selection.user, userName: selection.userName,
            hasIdentity: found.clientCertificate != nil && found.clientKey != nil, flags: flags,
            environment: environment)
        if server.scheme == "https" {
            tls = try self.tls(found)
            credential = try choice.credential {
                selection.execClusterInfo(certificateAuthority: found.certificateAuthority)
            }
        }
        return ClusterConnection(
            contextName: selection.contextName, clusterName: selection.clusterName, server: server, tls: tls,
            credential: credential, impersonation: try choice.impersonation(), proxy: try proxy(for: server),
            disablesCompression: cluster.disablesCompression, requestTimeout: try requestTimeout(),
            namespace: namespace)
    }

    private func tls(_ found: Validation) throws(KubeConfigError) -> ClusterConnection.TLS {
        let authority = try found.certificateAuthority.map { roots throws(KubeConfigError) in try authorities(in: roots)
        }
        var identity: ClusterConnection.ClientIdentity?
        if let certificate = found.clientCertificate, let key = found.clientKey {
            guard PEM.isPresent(in: certificate) else { throw .noPEM(.clientCertificate) }
            guard PEM.isPresent(in: key) else { throw .noPEM(.clientKey) }
            identity = ClusterConnection.ClientIdentity(certificate: certificate, key: Secret(key))
        }
        var tls = ClusterConnection.TLS(
            certificateAuthority: authority,
            skipsVerification: selection.cluster.skipsVerification, serverName: selection.cluster.tlsServerName,
            clientIdentity: identity)
        let user = selection.user
        if identity != nil, user.clientCertificateData == nil, user.clientKeyData == nil,
            let certificate = user.clientCertificate, let key = user.clientKey
        {
            tls.clientIdentityFiles = .init(certificate: certificate, key: key)
        }
        return tls
    }

    private func authorities(in roots: [UInt8]) throws(KubeConfigError) -> [UInt8] {
        do throws(PEM.Problem) {
            return try PEM.authorities(in: roots)
        } catch {
            throw .unusableRoots(error)
        }
    }

    /// Returns the cluster's own proxy, which has no exceptions, or that of the environment.
    private func proxy(for server: ServerURL) throws(KubeConfigError) -> String? {
        if let proxy = selection.cluster.proxyURL { return proxy.exposed }
        return try ProxyEnvironment(environment: environment).proxy(for: server)?.exposed
    }

    private func requestTimeout() throws(KubeConfigError) -> Duration? {
        guard let text = flags.requestTimeout else { return nil }
        return try RequestTimeout.parse(text)
    }

    /// In a pod, its namespace is the default if the context has none (client-go merged_client_builder.go).
    private var namespace: String {
        flags.namespace ?? selection.namespace ?? InCluster(environment)?.namespace ?? "default"
    }
}
