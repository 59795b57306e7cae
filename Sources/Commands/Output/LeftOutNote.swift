internal import RolloutHeal
internal import Rollouts

extension MovedName {
    /// One line for stderr.
    var note: String {
        let (name, asked, namespace) = (
            found.name.safeForTerminal, asked.namespace.safeForTerminal, found.namespace.safeForTerminal
        )
        return "Rollout \(name) is not in namespace \(asked) but in \(namespace)\n"
    }
}

extension LeftOut {
    /// One line for stderr about Rollouts that are not shown; empty if there are none.
    ///
    /// - Parameters:
    ///   - isMore: whether other Rollouts were shown.
    ///   - namespace: nil means all namespaces.
    ///   - hint: the command that shows them.
    func note(isMore: Bool, namespace: String?, hint: String) -> String {
        if isEmpty { return "" }
        let place = namespace.map { " in \($0.safeForTerminal) namespace" } ?? ""
        var parts: [String] = []
        func add(_ count: Int, _ what: String) {
            guard count > 0 else { return }
            let isFirst = parts.isEmpty
            let noun = isFirst ? (isMore ? " more" : "") + " Rollout\(count == 1 ? "" : "s")\(place)" : ""
            parts.append("\(count)\(noun) \(what)")
        }
        add(degraded, "\(degraded == 1 ? "is" : "are") Degraded for other reasons")
        add(unjudged, "could not be judged")
        return parts.joined(separator: ", ") + (degraded > 0 ? ": \(hint)" : "") + "\n"
    }
}
