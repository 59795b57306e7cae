package import Documents
package import Formats

/// Why the configuration yields no connection. Cases carry names and places, never contents, so no secret reaches a
/// message.
package enum KubeConfigError: Error, Sendable, Equatable {
    /// A field of a file, such as `users[1].user.token`, and its position.
    package struct Place: Sendable, Equatable {
        package var file: String
        /// Nil if the field is not in the file.
        package var position: YAMLNode.Position?
        package var field: String

        package init(file: String, position: YAMLNode.Position?, field: String) {
            self.file = file
            self.position = position
            self.field = field
        }
    }

    package enum Material: Sendable, Equatable {
        case certificateAuthority
        case clientCertificate
        case clientKey
    }

    /// The file given by `--kubeconfig` does not exist.
    case missingFile(String)
    case unreadableFile(String, reason: String)
    case malformed(file: String, YAMLError)
    /// Expected and found types, such as "a string" and "a number".
    case wrongType(Place, expected: String, found: String)
    case illegalBase64(Place, offset: Int)
    case duplicateName(Place, name: String)
    case unknownKind(Place, kind: String, apiVersion: String)

    /// No context or flag selects a cluster, and the process does not run in a pod.
    case noConfiguration(contexts: [String])
    /// The process runs in a pod, but no token is mounted at `path`, and nothing else selects a cluster.
    case noServiceAccountToken(path: String)
    case contextNotFound(String, known: [String])
    case noMatchingContext(String, known: [String])
    case contextWithoutCluster(String)
    case clusterNotFound(String)
    /// The cluster given by a flag is unknown or has no `server`.
    case noServer(cluster: String)
    case userNotFound(String)
    /// At least one problem.
    case invalid([Problem])
    case rootsWithInsecure
    /// No PEM in a client certificate or key.
    case noPEM(Material)
    case unusableRoots(PEM.Problem)
    case invalidServer(String, ServerURL.Flaw)
    case invalidProxyVariable(String)
    case invalidTimeout

    case authProvider(name: String, user: String)
    case execAPIVersion(String, user: String)
    case unreadableTokenFile(String, reason: String)
    /// The header value contains control characters.
    case controlCharacters(header: String, user: String)

    /// A problem that validation found in the selected cluster and user; all are reported together.
    package enum Problem: Sendable, Equatable {
        case unreadable(Material, path: String, owner: String, reason: String)
        case twoAuthorities(cluster: String)
        case proxyUnparsable(cluster: String, url: String)
        case proxyScheme(cluster: String, url: String, scheme: String)
        case twoCertificates(user: String)
        case twoKeys(user: String)
        case certificateWithoutKey(user: String)
        case execWithAuthProvider(user: String)
        case execWithoutCommand(user: String)
        case execWithoutAPIVersion(user: String)
        case execNamelessVariable(user: String)
        case execWithoutInteractiveMode(user: String)
        case execInteractiveMode(String, user: String)
        case severalMethods([String], user: String)
        case impersonationWithoutUser(user: String)
    }
}
