package import Documents

/// What stands between the configuration and a cluster. Cases carry names and places, never contents: no secret reaches a message.
package enum KubeConfigError: Error, Sendable, Equatable {
    /// A field of a file: `users[1].user.token`, and where it stands.
    package struct Place: Sendable, Equatable {
        package var file: String
        /// Nil where the file has no text for it.
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

    /// `--kubeconfig` names a file that is not there.
    case missingFile(String)
    case unreadableFile(String, reason: String)
    case malformed(file: String, YAMLError)
    /// Expected and found as in "a string", "a number".
    case wrongType(Place, expected: String, found: String)
    case illegalBase64(Place, offset: Int)
    case duplicateName(Place, name: String)
    case unknownKind(Place, kind: String, apiVersion: String)

    /// Nothing says which cluster: no context is chosen, none of the flags does, and this is no pod.
    case noConfiguration(contexts: [String])
    case contextNotFound(String, known: [String])
    case noMatchingContext(String, known: [String])
    case contextWithoutCluster(String)
    case clusterNotFound(String)
    /// The cluster named by a flag is unknown, or has no `server`.
    case noServer(cluster: String)
    case userNotFound(String)
    /// At least one.
    case invalid([Problem])
    case rootsWithInsecure
    case noPEM(Material)
    case invalidServer(String, ServerURL.Flaw)
    case invalidProxyVariable(String)
    case invalidTimeout

    case authProvider(name: String, user: String)
    case execAPIVersion(String, user: String)
    case unreadableTokenFile(String, reason: String)
    /// The value for this header has bytes that would end it.
    case controlCharacters(header: String, user: String)

    /// What validation finds in the chosen cluster and user: all of it is told at once.
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
