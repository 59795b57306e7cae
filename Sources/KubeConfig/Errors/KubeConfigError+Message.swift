internal import Formats

internal import Documents

extension KubeConfigError {
    /// The prefix of the message; kubectl uses two.
    package var prefix: String {
        switch self {
        case .contextNotFound: "Error in configuration: "
        case .invalid(let problems) where problems.count > 1: "Error in configuration: "
        default: "error: "
        }
    }

    /// The message, in kubectl's words if it has any; it spans several lines only if kubectl's does.
    package var message: String {
        switch self {
        case .missingFile(let path): "stat \(path): no such file or directory"
        case .unreadableFile(let path, let reason):
            "error loading config file \"\(path)\": \(Self.failedRead(path, reason))"
        case .malformed(let file, let error): "\(file):\(error.line):\(error.column): \(error.message)"
        case .wrongType(let place, let expected, let found): "\(place): expected \(expected), found \(found)"
        case .illegalBase64(let place, let offset): "\(place): illegal base64 data at input byte \(offset)"
        case .duplicateName(let place, let name): "\(place): duplicate name \"\(name)\" in list"
        case .unknownKind(let place, let kind, let version):
            "\(place): no kind \"\(kind)\" is registered for version \"\(version)\""
        case .noConfiguration:
            """
            Missing or incomplete configuration info.  Please point to an existing, complete config file:

              1. Via the command-line flag --kubeconfig
              2. Via the KUBECONFIG environment variable
              3. In your home directory as ~/.kube/config
            """
        case .noServiceAccountToken(let path): "this pod has no service account token: there is no \(path)"
        case .contextNotFound(let name, _): "context was not found for specified context: \(name)"
        case .noMatchingContext(let pattern, _): "no context matches \"\(pattern)\""
        case .contextWithoutCluster(let name): "context \"\(name)\" names no cluster"
        case .clusterNotFound(let name): "cluster \"\(name)\" does not exist"
        case .noServer(let cluster): "no server found for cluster \"\(cluster)\""
        case .userNotFound(let name): "auth info \"\(name)\" does not exist"
        case .invalid(let problems):
            problems.count == 1
                ? problems[0].message : problems.map { "\n* \($0.message)" }.joined()
        case .rootsWithInsecure: "specifying a root certificates file with the insecure flag is not allowed"
        case .unusableRoots(let problem): "unable to load root certificates: \(problem.message)"
        case .noPEM(.certificateAuthority), .noPEM(.clientCertificate):
            "tls: failed to find any PEM data in certificate input"
        case .noPEM(.clientKey): "tls: failed to find any PEM data in key input"
        case .invalidServer(let text, let flaw): "invalid server \"\(text)\": \(flaw.message)"
        case .invalidProxyVariable(let name): "invalid proxy address in \(name)"
        case .invalidTimeout:
            "Invalid timeout value. Timeout must be a single integer in seconds, or an integer followed by a corresponding time unit "
                + "(e.g. 1s | 2m | 3h)"
        case .authProvider(let name, let user):
            "user \"\(user)\" uses the auth provider \"\(name)\": auth providers are not supported"
        case .execAPIVersion(let version, _): "exec plugin: invalid apiVersion \"\(version)\""
        case .unreadableTokenFile(let path, let reason): Self.failedRead(path, reason)
        case .controlCharacters(let header, let user):
            "invalid header field value for \"\(header)\" of user \"\(user)\": it contains control characters"
        }
    }

    /// How to fix the error, if there is one way.
    package var hint: String? {
        switch self {
        case .wrongType(_, "a string", let found) where found == "a number" || found == "a boolean":
            "put the value in quotes"
        case .noConfiguration(let contexts) where !contexts.isEmpty:
            "no context is chosen: pass --context (one of \(Self.list(contexts))), or run kubectl config use-context"
        case .noServiceAccountToken: "set automountServiceAccountToken: true in the pod's spec"
        case .contextNotFound(_, let known) where !known.isEmpty: "known contexts: \(Self.list(known))"
        case .noMatchingContext(_, let known):
            known.isEmpty ? "the kubeconfig has no contexts" : "known contexts: \(known.joined(separator: ", "))"
        case .invalidServer(let text, .noScheme) where !text.contains("@"): "write https://\(text)"
        case .authProvider(let name, _): Self.successor(of: name)
        case .execAPIVersion:
            "client.authentication.k8s.io/v1 and v1beta1 are understood: let the provider's tool write the kubeconfig anew"
        case .rootsWithInsecure: "drop the certificate authority or insecure-skip-tls-verify"
        case .invalid(let problems):
            problems.contains {
                if case .execWithoutInteractiveMode = $0 { true } else { false }
            } ? "add interactiveMode: IfAvailable to the user's exec" : nil
        default: nil
        }
    }

    /// Names the failed call like Go: a directory can be opened, but not read.
    static func failedRead(_ path: String, _ reason: String) -> String {
        "\(reason == "is a directory" ? "read" : "open") \(path): \(reason)"
    }

    private static func successor(of provider: String) -> String {
        switch provider {
        case "gcp": "install gke-gcloud-auth-plugin and run gcloud container clusters get-credentials again"
        case "azure": "run kubelogin convert-kubeconfig"
        case "oidc": "use an exec plugin such as kubectl oidc-login, or pass --token"
        default: "use an exec plugin, or pass --token"
        }
    }

    /// At most five names: a hint is one line.
    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", …" : "")
    }
}

extension KubeConfigError.Place: CustomStringConvertible {
    /// `FILE:LINE:COLUMN: field`.
    package var description: String {
        let text = position.map { "\(file):\($0.line):\($0.column)" } ?? file
        return field.isEmpty ? text : "\(text): \(field)"
    }
}

extension KubeConfigError: CustomStringConvertible {
    package var description: String { prefix + message }
}

extension PEM.Problem {
    fileprivate var message: String {
        switch self {
        case .noBlock: "unable to parse bytes as PEM block"
        case .malformedCertificate: "failed to parse certificate: x509: malformed certificate"
        case .noCertificate: "no valid certificate authority data seen"
        }
    }
}
