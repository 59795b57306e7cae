extension HostEnvironment {
    /// The proxy for a server that no kubeconfig names, from the environment as in Go; nil for a direct connection.
    ///
    /// - Throws: ``KubeConfigError`` that names the variable whose value is no proxy, without the value.
    package func proxy(for server: ServerURL) throws(KubeConfigError) -> Secret<String>? {
        try ProxyEnvironment(environment: self).proxy(for: server)
    }
}
