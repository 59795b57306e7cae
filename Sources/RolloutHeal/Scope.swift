package import Rollouts

/// Which Rollouts a command is about.
package struct Scope: Sendable, Equatable {
    /// An application of Argo CD.
    package enum Application: Sendable, Equatable {
        /// Its Rollouts and no others.
        case only(String)
        /// The same, but all where no Rollout in scope is marked with any application.
        case onlyWhereMarked(String)

        package var name: String {
            switch self {
            case .only(let name), .onlyWhereMarked(let name): name
            }
        }

        var search: ApplicationSearch { ApplicationSearch(name, widens: self == .onlyWhereMarked(name)) }
    }

    /// Nil is all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// When not empty, exactly these; never with `application`.
    package var names: [RolloutID]
    /// Names are a filter: they are looked for in ``namespace`` and ``labelSelector``, and one that is not there is no error.
    package var filtersNames = false
    /// Nil is whatever application, or none.
    package var application: Application?

    package init(
        namespace: String?, labelSelector: String? = nil, names: [String] = [], application: Application? = nil
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.names = names.map { RolloutID(namespace: namespace ?? "", name: $0) }
        self.application = application
    }

    /// Exactly these; the namespace is theirs where all are of one.
    package init(_ names: [RolloutID]) {
        self.init(namespace: names.allSatisfy { $0.namespace == names[0].namespace } ? names.first?.namespace : nil)
        self.names = names
    }
}
