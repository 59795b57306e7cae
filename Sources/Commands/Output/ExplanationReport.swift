internal import Documents
internal import RolloutHeal
internal import Rollouts

/// Prints the result of `explain`: a screen for each Rollout, or one document.
struct ExplanationReport {
    var format: OutputFormat
    var screen: ExplanationScreen
    var rule: HealRule
    /// Whether each Rollout was named on the command line.
    var isNamed: Bool

    /// - Parameter namespace: nil means all namespaces.
    /// - Returns: the exit status for objects that could not be read.
    func print(_ result: ExplainRollouts.Result, namespace: String?, on console: Console) -> ExitStatus {
        for moved in result.moved { console.err(moved.note) }
        let list = ExplanationList(rule: rule, flags: screen.flags)
        switch format {
        case .json: console.out(list.node(result.found).json(pretty: true) + "\n")
        case .yaml: console.out(list.node(result.found).yaml())
        case .table, .name:
            // Two empty lines between Rollouts, as in kubectl describe.
            console.out(result.found.map { screen.text($0, rule) }.joined(separator: "\n\n"))
            if result.found.isEmpty, result.failures.isEmpty, result.leftOut.isEmpty {
                let place = namespace.map { " in \($0.safeForTerminal) namespace" } ?? ""
                console.err((isNamed ? "No rollouts found" : "No Rollout needs healing") + place + ".\n")
            }
        }
        console.err(
            result.leftOut.note(
                isMore: !result.found.isEmpty, namespace: namespace, hint: "list --all shows them"))
        return result.failures.reduce(.success) { $0.combined(with: ErrorReport($1.error).print(on: console)) }
    }
}
