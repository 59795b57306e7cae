extension ClusterConnection {
    /// Determines cluster and user from flags, kubeconfig files and environment, and reads all referenced files.
    ///
    /// If nothing selects a cluster, it is the pod's own, never localhost. An exec plugin is described, not run.
    ///
    /// - Throws: ``KubeConfigError``, outside a pod `noConfiguration` if nothing selects a cluster;
    ///   in one without a token, `noServiceAccountToken`.
    package static func resolve(
        flags: ConnectionFlags, environment: HostEnvironment
    ) throws(KubeConfigError) -> ClusterConnection {
        let flags = flags.withoutEmptyValues
        if let text = flags.requestTimeout { _ = try RequestTimeout.parse(text) }
        let configuration = try MergedKubeConfig.load(flags: flags, environment: environment)
        guard let selection = try Selection(configuration, flags) else {
            guard flags.user == nil, let pod = InCluster(environment) else {
                let contexts = configuration.contexts.names
                throw contexts.isEmpty && flags.user == nil && InCluster.isPod(environment)
                    ? .noServiceAccountToken(path: InCluster.tokenFile) : .noConfiguration(contexts: contexts)
            }
            return try pod.connection(flags)
        }
        let server: ServerURL
        do {
            server = try ServerURL(parsing: selection.server)
        } catch {
            throw .invalidServer(URLText.redacted(selection.server), error)
        }
        return try ConnectionBuilder(selection: selection, flags: flags, environment: environment)
            .connection(to: server)
    }
}
