/// The context, cluster and user that configuration and flags select, flags applied (client-go tools/clientcmd
/// client_config.go).
struct Selection {
    /// Nil if no context is used.
    var contextName: String?
    /// Empty if there is only a `--server`.
    var clusterName: String
    var cluster: KubeConfigFile.Cluster
    /// The server as written.
    var server: String
    var userName: String
    var user: KubeConfigFile.User
    /// The context's namespace.
    var namespace: String?
}

extension Selection {
    /// Returns nil if nothing selects a cluster; the caller then tries the cluster of this pod.
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
        // A user that the context names but no file defines is anonymous.
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
