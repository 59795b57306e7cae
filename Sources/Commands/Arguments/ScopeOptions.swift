internal import ArgumentParser
internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The names of the Rollouts; none means all that the other flags select.
struct NameArguments: ParsableArguments {
    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []
}

/// Selects the Rollouts.
struct ScopeOptions: ParsableArguments {
    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "All namespaces.")
    var allNamespaces = false

    @Option(
        name: [.customShort("l"), .customLong("selector")], parsing: .unconditional,
        help: "Label selector, as kubectl's: app=web,tier!=db.")
    var selector: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "With -A, only namespaces with these labels: team=a,env!=test.", valueName: "selector"))
    var namespaceSelector: String?

    /// - Parameters:
    ///   - namespace: the namespace if not all are selected.
    ///   - mayFilter: whether names may be combined with all namespaces or a selector, and then filter. Writing
    /// commands do not allow it: they act only on Rollouts named exactly.
    func scope(names: [String], namespace: String, mayFilter: Bool = false) throws(UsageError) -> Scope {
        if let namespaceSelector {
            if namespaceSelector.allSatisfy(\.isWhitespace) {
                throw .badValue(
                    flag: "--namespace-selector", value: namespaceSelector,
                    reason: "it is empty, and would select everything")
            }
            if !allNamespaces { throw .conflict("--namespace-selector requires --all-namespaces") }
        }
        let ids = try names.map { name throws(UsageError) in try Self.rolloutID(name, in: namespace) }.uniqued()
        if ids.isEmpty || allNamespaces || selector != nil {
            var scope = Scope(namespace: allNamespaces ? nil : namespace, labelSelector: selector)
            scope.namespaceSelector = namespaceSelector
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

    /// Rejects an empty selector, which would select everything, for example if a variable is unset.
    func refuseBlankSelector() throws(UsageError) {
        guard let selector, selector.allSatisfy(\.isWhitespace) else { return }
        throw .badValue(flag: "--selector", value: selector, reason: "it is empty, and would select everything")
    }

    /// Parses `web`, `shop/web`, `rollout/web`, `rollout.argoproj.io/web` or `rollout.argoproj.io/shop/web`, which are
    /// all forms that this program prints. The words for the kind are not accepted as a namespace.
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

/// Selects the Rollouts of one Argo CD Application.
struct ApplicationOption: ParsableArguments {
    @Option(
        name: .customLong("argocd-app"), parsing: .unconditional,
        help: ArgumentHelp(
            "Only Rollouts that carry the tracking label or annotation of this Argo CD Application.",
            valueName: "name"))
    var argoCDApplication: String?

    /// Returns nil without the flag; names cannot be combined with it.
    func application(names: [String]) throws(UsageError) -> Scope.Application? {
        guard let name = argoCDApplication else { return nil }
        if name.isEmpty {
            throw .badValue(flag: "--argocd-app", value: name, reason: "it is empty")
        }
        if !names.isEmpty { throw .conflict("names cannot be combined with --argocd-app") }
        return .only(name)
    }
}
