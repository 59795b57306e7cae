package import Rollouts

/// The selection of Rollouts that a command acts on.
package struct Scope: Sendable, Equatable {
    /// An application of Argo CD.
    package enum Application: Sendable, Equatable {
        /// Only the Rollouts of this application.
        case only(String)
        /// Only the Rollouts of this application, or all if no Rollout in scope is marked with any application.
        case onlyWhereMarked(String)

        package var name: String {
            switch self {
            case .only(let name), .onlyWhereMarked(let name): name
            }
        }

        var search: ApplicationSearch { ApplicationSearch(name, widens: self == .onlyWhereMarked(name)) }
    }

    /// Nil for all namespaces.
    package var namespace: String?
    package var labelSelector: String?
    /// With all namespaces, only those whose labels it selects.
    package var namespaceSelector: String?
    /// If not empty, exactly these; not combined with `application`.
    package var names: [RolloutID]
    /// Whether names only filter within ``namespace`` and ``labelSelector``, so that a missing one is no error.
    package var filtersNames = false
    /// Nil for any application or none.
    package var application: Application?

    package init(
        namespace: String?, labelSelector: String? = nil, names: [String] = [], application: Application? = nil
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.names = names.map { RolloutID(namespace: namespace ?? "", name: $0) }
        self.application = application
    }

    /// Selects exactly these; ``namespace`` is set if all are in one.
    package init(_ names: [RolloutID]) {
        self.init(namespace: names.allSatisfy { $0.namespace == names[0].namespace } ? names.first?.namespace : nil)
        self.names = names
    }
}
