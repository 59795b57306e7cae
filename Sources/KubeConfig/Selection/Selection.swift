/// The context, cluster and user that configuration and flags come down to, flags applied (client-go tools/clientcmd client_config.go).
struct Selection {
    /// Nil when cluster and user were named without one.
    var contextName: String?
    /// "" when there is only a `--server`.
    var clusterName: String
    var cluster: KubeConfigFile.Cluster
    /// The server as it was written.
    var server: String
    var userName: String
    var user: KubeConfigFile.User
    /// From the context.
    var namespace: String?
}

extension Selection {
    /// Nil when nothing chooses a cluster: then it may be the one around this pod.
    init?(_ configuration: MergedKubeConfig, _ flags: ConnectionFlags) throws(KubeConfigError) {
        let contextName = flags.context ?? configuration.currentContext
        var context = KubeConfigFile.Context()
        if let contextName {
            guard let found = configuration.contexts[contextName] else {
                throw .contextNotFound(contextName, known: configuration.contexts.names)
            }
            context = found
        }

        if let name = flags.user, configuration.users[name] == nil { throw .userNotFound(name) }
        // A context may name a user that is not there: that one is anonymous.
        let userName = flags.user ?? context.user ?? ""
        var user = configuration.users[userName] ?? KubeConfigFile.User()
        user.apply(flags)

        let clusterName = flags.cluster ?? context.cluster ?? ""
        let found = configuration.clusters[clusterName]
        if found == nil {
            if let name = flags.cluster { throw .noServer(cluster: name) }
            if flags.server == nil {
                guard let contextName else { return nil }
                throw context.cluster.map { .clusterNotFound($0) } ?? .contextWithoutCluster(contextName)
            }
        }
        var cluster = found ?? KubeConfigFile.Cluster()
        cluster.apply(flags)
        guard let server = cluster.server else { throw .noServer(cluster: clusterName) }
        self.init(
            contextName: contextName, clusterName: clusterName, cluster: cluster, server: server, userName: userName,
            user: user, namespace: context.namespace)
    }
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

extension ConnectionFlags {
    /// A flag cannot blank what the kubeconfig says: an empty value is no value.
    var withoutEmptyValues: ConnectionFlags {
        func present(_ text: String?) -> String? { text?.isEmpty == true ? nil : text }
        func present(_ secret: Secret<String>?) -> Secret<String>? { secret?.exposed.isEmpty == true ? nil : secret }
        var flags = self
        flags.kubeconfig = present(kubeconfig)
        flags.context = present(context)
        flags.cluster = present(cluster)
        flags.user = present(user)
        flags.namespace = present(namespace)
        flags.server = present(server)
        flags.certificateAuthority = present(certificateAuthority)
        flags.tlsServerName = present(tlsServerName)
        flags.clientCertificate = present(clientCertificate)
        flags.clientKey = present(clientKey)
        flags.token = present(token)
        flags.username = present(username)
        flags.password = present(password)
        flags.impersonatedUser = present(impersonatedUser)
        flags.impersonatedUID = present(impersonatedUID)
        flags.requestTimeout = present(requestTimeout)
        return flags
    }
}
