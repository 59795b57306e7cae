/// Which Rollouts a command is about.
package struct Scope: Sendable, Equatable {
    /// Nil is all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// When not empty, exactly these; never with `labelSelector` or all namespaces.
    package var names: [String]

    package init(namespace: String?, labelSelector: String? = nil, names: [String] = []) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.names = names
    }
}
