internal import Formats
internal import Documents

/// Chooses one credential if several are configured (client-go client_config.go `getUserIdentificationPartialConfig`).
struct CredentialChoice {
    let user: KubeConfigFile.User
    let userName: String
    /// Whether both certificate and key are present; an exec plugin is then not run.
    let hasIdentity: Bool
    let flags: ConnectionFlags
    let environment: HostEnvironment

    /// Returns the credential to use.
    ///
    /// - Parameter clusterInfo: makes the cluster information for a plugin that requests it.
    /// - Throws: ``KubeConfigError`` for an auth provider, an unusable token or an unsupported plugin API version.
    func credential(clusterInfo: () -> String) throws(KubeConfigError) -> ClusterConnection.Credential {
        if let provider = user.authProvider, flags.token == nil, flags.username == nil {
            throw .authProvider(name: provider, user: userName)
        }
        if let token = user.token { try refuseControlCharacters(token.exposed, "Authorization") }
        if let path = user.tokenFile {
            try checkTokenFile(path)
            return .tokenFile(path: path, fallback: user.token)
        }
        if let token = user.token { return .token(token) }
        if let username = user.username { return .basic(username: username, password: user.password ?? Secret("")) }
        guard let exec = user.exec, !hasIdentity else { return .anonymous }
        return .exec(try plugin(exec, clusterInfo))
    }

    /// Returns the impersonation settings; nil without an impersonated user.
    func impersonation() throws(KubeConfigError) -> ClusterConnection.Impersonation? {
        guard let name = user.impersonatedUser else { return nil }
        try refuseControlCharacters(name, "Impersonate-User")
        try refuseControlCharacters(user.impersonatedUID ?? "", "Impersonate-Uid")
        for group in user.impersonatedGroups { try refuseControlCharacters(group, "Impersonate-Group") }
        for values in user.impersonatedExtra.values {
            for value in values { try refuseControlCharacters(value, "Impersonate-Extra") }
        }
        return ClusterConnection.Impersonation(
            user: name, uid: user.impersonatedUID, groups: user.impersonatedGroups, extra: user.impersonatedExtra)
    }

    /// An unreadable token file is an error, unless an inline token can replace it.
    private func checkTokenFile(_ path: String) throws(KubeConfigError) {
        guard user.token == nil else { return }
        do {
            _ = try environment.read(path)
        } catch {
            throw .unreadableTokenFile(path, reason: error.reason)
        }
    }

    private func plugin(
        _ exec: KubeConfigFile.Exec, _ clusterInfo: () -> String
    ) throws(KubeConfigError) -> ClusterConnection.ExecPlugin {
        let version = exec.apiVersion ?? ""
        guard ["client.authentication.k8s.io/v1", "client.authentication.k8s.io/v1beta1"].contains(version) else {
            throw .execAPIVersion(version, user: userName)
        }
        return ClusterConnection.ExecPlugin(
            apiVersion: version, command: exec.command ?? "", arguments: exec.arguments,
            environment: exec.environment.map { ($0.name, $0.value.exposed) },
            interactiveMode: exec.interactiveMode.flatMap { .init(rawValue: $0) } ?? .ifAvailable,
            installHint: exec.installHint, clusterInfo: exec.providesClusterInfo ? clusterInfo() : nil)
    }

    /// Rejects the bytes that Go rejects in a header: 0x7F, and those below 0x20 except the tab.
    private func refuseControlCharacters(_ text: String, _ header: String) throws(KubeConfigError) {
        guard text.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
            throw .controlCharacters(header: header, user: userName)
        }
    }
}

extension Selection {
    /// The `spec.cluster` of `KUBERNETES_EXEC_INFO` as compact JSON; only `server` and `config` are always present
    /// (client-go plugin/pkg/client/auth/exec `ConfigToExecCluster`).
    func execClusterInfo(certificateAuthority: [UInt8]?) -> String {
        var pairs: [(key: String, value: YAMLNode)] = [("server", YAMLNode(.string(server)))]
        func add(_ key: String, _ text: String?) {
            if let text { pairs.append((key, YAMLNode(.string(text)))) }
        }
        func add(_ key: String, _ flag: Bool) {
            if flag { pairs.append((key, YAMLNode(.bool(true)))) }
        }
        add("tls-server-name", cluster.tlsServerName)
        add("insecure-skip-tls-verify", cluster.skipsVerification)
        add("certificate-authority-data", certificateAuthority.map(Base64.encode))
        add("proxy-url", cluster.proxyURL?.exposed)
        add("disable-compression", cluster.disablesCompression)
        pairs.append(("config", cluster.execConfiguration ?? YAMLNode(.null)))
        return YAMLNode(.mapping(pairs)).json(pretty: false)
    }
}
