/// Validates the selected user and cluster with client-go's checks in its order (tools/clientcmd validation.go), and
/// collects all problems.
///
/// Reads the referenced files on the way, so that a missing file is one of the problems.
struct Validation {
    let environment: HostEnvironment
    private(set) var problems: [KubeConfigError.Problem] = []
    private(set) var clientCertificate: [UInt8]?
    private(set) var clientKey: [UInt8]?
    private(set) var certificateAuthority: [UInt8]?

    init(_ selection: Selection, environment: HostEnvironment) {
        self.environment = environment
        checkCertificate(selection.user, selection.userName)
        checkExec(selection.user, selection.userName)
        checkMethods(selection.user, selection.userName)
        checkCluster(selection.cluster, selection.clusterName)
    }

    func throwProblems() throws(KubeConfigError) {
        if !problems.isEmpty { throw .invalid(problems) }
    }

    private mutating func checkCertificate(_ user: KubeConfigFile.User, _ name: String) {
        // A key without a certificate is ignored.
        guard user.clientCertificate != nil || user.clientCertificateData != nil else { return }
        if user.clientCertificate != nil, user.clientCertificateData != nil {
            problems.append(.twoCertificates(user: name))
        }
        if user.clientKey != nil, user.clientKeyData != nil { problems.append(.twoKeys(user: name)) }
        if user.clientKey == nil, user.clientKeyData == nil { problems.append(.certificateWithoutKey(user: name)) }
        clientCertificate = user.clientCertificateData ?? read(.clientCertificate, at: user.clientCertificate, of: name)
        clientKey = user.clientKeyData?.exposed ?? read(.clientKey, at: user.clientKey, of: name)
    }

    private mutating func checkExec(_ user: KubeConfigFile.User, _ name: String) {
        guard let exec = user.exec else { return }
        if user.authProvider != nil { problems.append(.execWithAuthProvider(user: name)) }
        if exec.command == nil { problems.append(.execWithoutCommand(user: name)) }
        if exec.apiVersion == nil { problems.append(.execWithoutAPIVersion(user: name)) }
        for variable in exec.environment where variable.name.isEmpty {
            problems.append(.execNamelessVariable(user: name))
        }
        if let mode = exec.interactiveMode {
            if ClusterConnection.ExecPlugin.InteractiveMode(rawValue: mode) == nil {
                problems.append(.execInteractiveMode(mode, user: name))
            }
        } else if !exec.defaultsInteractiveMode {
            problems.append(.execWithoutInteractiveMode(user: name))
        }
    }

    private mutating func checkMethods(_ user: KubeConfigFile.User, _ name: String) {
        var methods: [String] = []
        if user.token != nil {
            methods.append("token")
        } else if user.tokenFile != nil, user.username != nil {
            methods.append("tokenFile")
        }
        if user.username != nil || user.password != nil { methods.append("basicAuth") }
        if methods.count > 1 { problems.append(.severalMethods(methods, user: name)) }
        let wantsMore =
            user.impersonatedUID != nil || !user.impersonatedGroups.isEmpty || !user.impersonatedExtra.isEmpty
        if wantsMore, user.impersonatedUser == nil { problems.append(.impersonationWithoutUser(user: name)) }
    }

    private mutating func checkCluster(_ cluster: KubeConfigFile.Cluster, _ name: String) {
        if let text = cluster.proxyURL?.exposed {
            let shown = URLText.redacted(text)
            if let url = URLText(text) {
                if !["http", "https", "socks5"].contains(url.scheme) {
                    problems.append(.proxyScheme(cluster: name, url: shown, scheme: url.scheme))
                }
            } else if !text.contains(":") {
                problems.append(.proxyScheme(cluster: name, url: shown, scheme: ""))
            } else {
                problems.append(.proxyUnparsable(cluster: name, url: shown))
            }
        }
        if cluster.certificateAuthority != nil, cluster.certificateAuthorityData != nil {
            problems.append(.twoAuthorities(cluster: name))
        }
        certificateAuthority =
            cluster.certificateAuthorityData ?? read(.certificateAuthority, at: cluster.certificateAuthority, of: name)
    }

    private mutating func read(_ material: KubeConfigError.Material, at path: String?, of owner: String) -> [UInt8]? {
        guard let path else { return nil }
        do {
            return try environment.read(path)
        } catch {
            problems.append(.unreadable(material, path: path, owner: owner, reason: error.reason))
            return nil
        }
    }
}

extension KubeConfigFile.Exec {
    /// Only v1beta1 has a default (client-go tools/clientcmd/api/v1/defaults.go).
    var defaultsInteractiveMode: Bool {
        apiVersion == "client.authentication.k8s.io/v1beta1"
    }
}
