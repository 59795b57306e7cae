extension ClusterConnection: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Which cluster and context: what a log may say.
    package var description: String {
        "\(contextName ?? clusterName) (\(server))"
    }

    package var debugDescription: String { description }

    /// A proxy's URL may carry a password.
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

    /// Arguments and environment of a plugin may be credentials.
    package var customMirror: Mirror {
        Mirror(self, children: ["apiVersion": apiVersion, "command": command, "interactiveMode": interactiveMode])
    }
}
