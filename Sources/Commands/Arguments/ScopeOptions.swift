internal import ArgumentParser
internal import Formats
internal import RolloutHeal
internal import Rollouts

/// Which Rollouts.
struct ScopeOptions: ParsableArguments {
    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "All namespaces.")
    var allNamespaces = false

    @Option(
        name: [.customShort("l"), .customLong("selector")], parsing: .unconditional,
        help: "Label selector, as kubectl's: app=web,tier!=db.")
    var selector: String?

    /// - Parameters:
    ///   - namespace: the one to work in when it is not all of them.
    ///   - mayFilter: names may go with all namespaces or a selector, which are searched for them then. What writes acts on
    ///     no Rollout but those that it is told of.
    func scope(names: [String], namespace: String, mayFilter: Bool = false) throws(UsageError) -> Scope {
        let ids = try names.map { name throws(UsageError) in try Self.rolloutID(name, in: namespace) }.uniqued()
        if ids.isEmpty || allNamespaces || selector != nil {
            var scope = Scope(namespace: allNamespaces ? nil : namespace, labelSelector: selector)
            if ids.isEmpty { return scope }
            if !mayFilter {
                if selector != nil { throw .conflict("name cannot be provided when a selector is specified") }
                throw .conflict("a resource cannot be retrieved by name across all namespaces")
            }
            if let other = ids.first(where: { $0.namespace != namespace }) {
                throw .conflict(
                    "\(other.namespace)/\(other.name) names a namespace, and cannot be used with --all-namespaces or --selector"
                )
            }
            scope.names = ids
            scope.filtersNames = true
            return scope
        }
        return Scope(ids)
    }

    /// An empty selector selects everything, as one does whose variables are not set.
    func refuseBlankSelector() throws(UsageError) {
        guard let selector, selector.allSatisfy(\.isWhitespace) else { return }
        throw .badValue(flag: "--selector", value: selector, reason: "it is empty, and would select everything")
    }

    /// `web`, `shop/web`, `rollout/web`, `rollout.argoproj.io/web` or `rollout.argoproj.io/shop/web`: whatever this program
    /// prints as a name can be given back to it. The words for the kind are never a namespace.
    static func rolloutID(_ text: String, in namespace: String) throws(UsageError) -> RolloutID {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let kinds = ["rollout", "rollouts", "ro", "rollout.argoproj.io", "rollouts.argoproj.io"]
        let words = parts.map(String.init)
        let path = words.count > 1 && kinds.contains(words[0]) ? Array(words.dropFirst()) : words
        guard path.allSatisfy({ !$0.isEmpty }), let name = path.last, path.count <= 2 else {
            throw .badValue(flag: "NAME", value: text, reason: "it is not the name of a Rollout")
        }
        if path.count == 1 { return RolloutID(namespace: namespace, name: name) }
        guard path[0].isDNSLabel else {
            throw .badValue(flag: "NAME", value: text, reason: "\(path[0]) is not the name of a namespace")
        }
        return RolloutID(namespace: path[0], name: name)
    }
}

/// The Rollouts of one Application of Argo CD.
struct ApplicationOption: ParsableArguments {
    @Option(
        name: .customLong("argocd-app"), parsing: .unconditional,
        help: ArgumentHelp(
            "Only Rollouts that carry the tracking label or annotation of this Argo CD Application.",
            valueName: "name"))
    var argoCDApplication: String?

    /// Nil where the flag is not given; names cannot be combined with it.
    func application(names: [String]) throws(UsageError) -> Scope.Application? {
        guard let name = argoCDApplication else { return nil }
        if name.isEmpty {
            throw .badValue(flag: "--argocd-app", value: name, reason: "it is empty")
        }
        if !names.isEmpty { throw .conflict("names cannot be combined with --argocd-app") }
        return .only(name)
    }
}
