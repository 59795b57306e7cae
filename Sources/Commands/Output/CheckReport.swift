internal import Documents
internal import RolloutHeal
internal import Rollouts

/// The result of `doctor` in one cluster.
struct ClusterChecks: Sendable {
    /// The kubeconfig context, if several clusters are checked together.
    var context: String?
    var checks: [Check] = []
    /// Why nothing could be checked.
    var failure: (any Error)?
}

/// Prints the result of `doctor`.
struct CheckReport {
    var format: OutputFormat
    var style: Style

    /// Returns the exit status: that of the worst problem.
    func print(_ results: [ClusterChecks], on console: Console) -> ExitStatus {
        switch format {
        case .json: console.out(CheckList.node(results).json(pretty: true) + "\n")
        case .yaml: console.out(CheckList.node(results).yaml())
        default: console.out(results.map(text).joined())
        }
        return results.reduce(.success) { status, result in
            let failed = result.failure.map { ErrorReport($0).print(on: console, context: result.context) }
            let problems = result.checks.filter { $0.status == .problem }
            return problems.reduce(status.combined(with: failed ?? .success)) {
                $0.combined(with: $1.isDenied ? .denied : .failed)
            }
        }
    }

    private func text(_ result: ClusterChecks) -> String {
        let heading = result.context.map { style.bold("CLUSTER \($0.safeForTerminal)") + "\n" } ?? ""
        if result.checks.isEmpty { return "" }
        let counts = Check.Status.allCases.map { status in result.checks.count { $0.status == status } }
        let summary = zip(Check.Status.allCases, counts).filter { $0.1 > 0 }
            .map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
        return heading + result.checks.map(line).joined() + summary + "\n"
    }

    /// The check on one line, then what to do, and each known fault.
    private func line(_ check: Check) -> String {
        let word = style.cell(check.status.rawValue, Self.mark(of: check.status))
        let status = style.paint(word.text.padded(to: style.hasSymbols ? 9 : 7), word.color)
        let subject = check.subject.map { " \($0.safeForTerminal)" } ?? ""
        let indent = "         "
        var text = "\(status)  \(check.topic.rawValue)\(subject): \(check.message.safeForTerminal)\n"
        for fault in check.faults {
            text += "\(indent)- \(fault.name): \(fault.summary); \(fault.help)\n"
            text += "\(indent)  \(fault.links.joined(separator: " "))\n"
        }
        if let remedy = check.remedy { text += "\(indent)-> \(remedy.safeForTerminal)\n" }
        return text
    }

    private static func mark(of status: Check.Status) -> Style.Mark {
        switch status {
        case .ok: .good
        case .warning: .doubtful
        case .problem: .bad
        case .unknown: .resting
        }
    }
}
