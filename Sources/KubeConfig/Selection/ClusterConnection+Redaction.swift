extension ClusterConnection: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The context and server, without anything secret, for logs.
    package var description: String {
        "\(contextName ?? clusterName) (\(server))"
    }

    package var debugDescription: String { description }

    /// Redacts the proxy URL, which may contain a password.
    package var customMirror: Mirror {
        Mirror(
            self,
            children: [
                "contextName": contextName as Any, "clusterName": clusterName, "server": server, "tls": tls,
                "credential": credential, "impersonation": impersonation as Any,
                "proxy": proxy.map { URLText.redacted($0) } as Any, "namespace": namespace,
            ])
    }
}

extension ClusterConnection.ExecPlugin: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    package var description: String { command }
    package var debugDescription: String { description }

    /// Leaves out arguments and environment, which may contain credentials.
    package var customMirror: Mirror {
        Mirror(self, children: ["apiVersion": apiVersion, "command": command, "interactiveMode": interactiveMode])
    }
}
