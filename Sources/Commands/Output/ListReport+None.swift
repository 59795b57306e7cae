extension ListReport {
    /// Says that there are no Rollouts, but only for places without errors.
    func sayNone(_ findings: [Findings], on console: Console) {
        let answered = findings.filter(\.failures.isEmpty)
        guard let first = answered.first else { return }
        var text = all ? "No rollouts found" : "No Rollout needs healing"
        if let namespace = first.namespace, answered.allSatisfy({ $0.namespace == namespace }) {
            text += " in \(namespace.safeForTerminal) namespace" + (first.context == nil ? "" : " of")
        } else if first.context != nil {
            text += " in"
        }
        if first.context != nil {
            let isPart = answered.count < findings.count
            text += (isPart ? " the" : "") + " \(answered.count) cluster\(answered.count == 1 ? "" : "s")"
            text += isPart ? " that answered" : ""
        }
        console.err(text + ".\n")
    }
}
