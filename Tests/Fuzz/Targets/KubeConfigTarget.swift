import KubeConfig

extension Target {
    /// Any bytes as a kubeconfig and as all files it refers to give a connection, or an error with a message; neither
    /// contains a secret.
    static let kubeConfig = Target(name: "kubeconfig") { bytes in
        let environment = HostEnvironment(
            variables: ["KUBECONFIG": "/config", "HTTPS_PROXY": "http://proxy.test:3128"], workingDirectory: "/"
        ) { _ throws(HostEnvironment.FileError) in bytes }
        do throws(KubeConfigError) {
            let connection = try ClusterConnection.resolve(flags: ConnectionFlags(), environment: environment)
            precondition(!connection.namespace.isEmpty, "a connection without namespace")
            if case .token(let token) = connection.credential, token.exposed.utf8.count >= 8 {
                let shown = "\(connection)"
                let text = planted(shown, as: shown + token.exposed, where: connection.tls.skipsVerification)
                precondition(!text.contains(token.exposed), "a token in a description")
            }
        } catch {
            let words = planted(error.message, as: "", where: error.hint != nil && error.message.contains("server"))
            precondition(!words.isEmpty, "an error without words")
        }
    }
}
