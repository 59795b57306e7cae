internal import ArgumentParser
internal import RolloutHeal

/// Which Rollouts.
struct ScopeOptions: ParsableArguments {
    @Flag(name: [.customShort("A"), .customLong("all-namespaces")], help: "All namespaces.")
    var allNamespaces = false

    @Option(
        name: [.customShort("l"), .customLong("selector")], parsing: .unconditional,
        help: "Label selector, as kubectl's: app=web,tier!=db.")
    var selector: String?

    /// - Parameter namespace: the one to work in when it is not all of them.
    func scope(names: [String], namespace: String) throws(UsageError) -> Scope {
        if !names.isEmpty {
            if selector != nil { throw .conflict("name cannot be provided when a selector is specified") }
            if allNamespaces { throw .conflict("a resource cannot be retrieved by name across all namespaces") }
        }
        return Scope(
            namespace: allNamespaces ? nil : namespace, labelSelector: selector,
            names: try names.map(Self.bareName).uniqued())
    }

    /// An empty selector selects everything, as one does whose variables are not set.
    func refuseBlankSelector() throws(UsageError) {
        guard let selector, selector.allSatisfy(\.isWhitespace) else { return }
        throw .badValue(flag: "--selector", value: selector, reason: "it is empty, and would select everything")
    }

    /// The application of `--argocd-app`, which names cannot be combined with; nil where it is not given.
    static func application(_ name: String?, names: [String]) throws(UsageError) -> Scope.Application? {
        guard let name else { return nil }
        if name.isEmpty {
            throw .badValue(flag: "--argocd-app", value: name, reason: "it is no name of an application")
        }
        if !names.isEmpty { throw .conflict("names cannot be combined with --argocd-app") }
        return .only(name)
    }

    /// `web` from `web`, `rollout/web` or `rollout.argoproj.io/web`: what `-o name` prints can be given back.
    static func bareName(_ text: String) throws(UsageError) -> String {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        let kinds = ["rollout", "rollouts", "ro", "rollout.argoproj.io", "rollouts.argoproj.io"]
        switch parts.count {
        case 1 where !text.isEmpty: return text
        case 2 where kinds.contains(String(parts[0])) && !parts[1].isEmpty: return String(parts[1])
        default: throw .badValue(flag: "NAME", value: text, reason: "it is no name of a Rollout")
        }
    }
}

extension Array where Element: Hashable {
    /// Without repetitions, in order of first appearance.
    func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
