internal import RolloutHeal

extension LeftOut {
    /// One line for stderr about those that are not shown; "" where there are none.
    ///
    /// - Parameters:
    ///   - isMore: others were shown, so that these are more.
    ///   - namespace: nil is all of them.
    ///   - hint: what shows them.
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
