internal import KubeClient
internal import KubeConfig

extension HostEnvironment {
    /// The same environment, but logging the files that are read.
    func telling(_ log: RequestLog) -> HostEnvironment {
        guard log.level >= 6 else { return self }
        var host = self
        host.readFile = { [readFile] path throws(FileError) in
            do throws(FileError) {
                let bytes = try readFile(path)
                log.note(6, "Read \(path)")
                return bytes
            } catch {
                log.note(6, "Not read: \(path): \(error.reason)")
                throw error
            }
        }
        return host
    }
}

extension ClusterConnection {
    /// What was selected: names and kinds, but no value of a credential.
    var origin: String {
        let context = contextName.map { "context \"\($0)\", " } ?? ""
        var parts = ["Using \(context)cluster \"\(clusterName)\"", "\(server)", "namespace \"\(namespace)\""]
        if tls.clientIdentity != nil { parts.append("client certificate") }
        parts.append(credential.kind)
        if let impersonation { parts.append("as user \"\(impersonation.user)\"") }
        if proxy != nil { parts.append("through a proxy") }
        if tls.skipsVerification { parts.append("server not verified") }
        return parts.joined(separator: ", ")
    }
}

extension ClusterConnection.Credential {
    fileprivate var kind: String {
        switch self {
        case .anonymous: "no token"
        case .basic: "basic authentication"
        case .token: "token"
        case .tokenFile(let path, _): "token from \(path)"
        case .exec(let plugin): "credential plugin \(plugin.command)"
        }
    }
}
