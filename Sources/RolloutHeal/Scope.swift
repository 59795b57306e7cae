/// Which Rollouts a command is about.
package struct Scope: Sendable, Equatable {
    /// An application of Argo CD.
    package enum Application: Sendable, Equatable {
        /// Its Rollouts and no others.
        case only(String)
        /// Its Rollouts where it has any in scope, else all.
        case preferred(String)

        package var name: String {
            switch self {
            case .only(let name), .preferred(let name): name
            }
        }
    }

    /// Nil is all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// When not empty, exactly these; never with `labelSelector`, `application` or all namespaces.
    package var names: [String]
    /// Nil is whatever application, or none.
    package var application: Application?

    package init(
        namespace: String?, labelSelector: String? = nil, names: [String] = [], application: Application? = nil
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.names = names
        self.application = application
    }
}
