extension KubeConfigError.Problem {
    /// One line in the exact words of client-go's validation, including its spelling errors.
    package var message: String {
        switch self {
        case .unreadable(let material, let path, let owner, let reason):
            "unable to read \(material.name) \(path) for \(owner) due to \(KubeConfigError.failedRead(path, reason))"
        case .twoAuthorities(let cluster):
            "certificate-authority-data and certificate-authority are both specified for \(cluster). "
                + "certificate-authority-data will override."
        case .proxyUnparsable(let cluster, let url):
            "invalid 'proxy-url' \"\(url)\" for cluster \"\(cluster)\": could not parse: \(url)"
        case .proxyScheme(let cluster, let url, let scheme):
            "invalid 'proxy-url' \"\(url)\" for cluster \"\(cluster)\": unsupported scheme \"\(scheme)\", "
                + "must be http, https, or socks5"
        case .twoCertificates(let user):
            "client-cert-data and client-cert are both specified for \(user). client-cert-data will override."
        case .twoKeys(let user):
            "client-key-data and client-key are both specified for \(user); client-key-data will override"
        case .certificateWithoutKey(let user):
            "client-key-data or client-key must be specified for \(user) to use the clientCert authentication method."
        case .execWithAuthProvider(let user):
            "authProvider cannot be provided in combination with an exec plugin for \(user)"
        case .execWithoutCommand(let user):
            "command must be specified for \(user) to use exec authentication plugin"
        case .execWithoutAPIVersion(let user):
            "apiVersion must be specified for \(user) to use exec authentication plugin"
        case .execNamelessVariable(let user):
            "env variable name must be specified for \(user) to use exec authentication plugin"
        case .execWithoutInteractiveMode(let user):
            "interactiveMode must be specified for \(user) to use exec authentication plugin"
        case .execInteractiveMode(let mode, let user): "invalid interactiveMode for \(user): \"\(mode)\""
        case .severalMethods(let methods, let user):
            "more than one authentication method found for \(user); found [\(methods.joined(separator: " "))], "
                + "only one is allowed"
        case .impersonationWithoutUser(let user):
            "requesting uid, groups or user-extra for \(user) without impersonating a user"
        }
    }
}

extension KubeConfigError.Material {
    fileprivate var name: String {
        switch self {
        case .certificateAuthority: "certificate-authority"
        case .clientCertificate: "client-cert"
        case .clientKey: "client-key"
        }
    }
}
