internal import Documents
internal import RolloutHeal
internal import Rollouts

/// Prints what `explain` found: a screen for each Rollout, or one document.
struct ExplanationReport {
    var format: OutputFormat
    var screen: ExplanationScreen
    var rule: HealRule
    /// Each was named on the command line.
    var isNamed: Bool

    /// - Parameter namespace: nil is all of them.
    /// - Returns: the status for what could not be read.
    func print(_ result: ExplainRollouts.Result, namespace: String?, on console: Console) -> ExitStatus {
        for moved in result.moved { console.err(moved.note) }
        let list = ExplanationList(rule: rule, flags: screen.flags)
        switch format {
        case .json: console.out(list.node(result.found).json(pretty: true) + "\n")
        case .yaml: console.out(list.node(result.found).yaml())
        case .table, .name:
            // As kubectl describe has it, two empty lines between.
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
