internal import RolloutHeal
internal import Rollouts
internal import Documents

/// Prints what `list` found, in one cluster or in several.
struct ListReport {
    var format: OutputFormat
    var style: Style
    var hasHeader: Bool
    /// Every Rollout was asked for, not only those that match.
    var all: Bool

    /// - Returns: the status for what could not be read; finding something is success.
    func print(_ findings: [Findings], on console: Console) -> ExitStatus {
        let isEmpty = findings.allSatisfy(\.found.isEmpty)
        switch format {
        case .json: console.out(DiagnosisList.node(findings).json(pretty: true) + "\n")
        case .yaml: console.out(DiagnosisList.node(findings).yaml())
        case .name:
            console.out(
                findings.flatMap(\.found).map { "rollout.argoproj.io/\($0.name.safeForTerminal)\n" }.joined())
        case .table, .wide: if !isEmpty { console.out(table(findings)) }
        }
        let isClear = isEmpty && findings.allSatisfy(\.leftOut.isEmpty)
        if isClear, format != .json, format != .yaml { sayNone(findings, on: console) }
        for place in findings {
            let note = place.leftOut.note(
                isMore: !place.found.isEmpty, namespace: place.namespace, hint: all ? "" : "--all shows them")
            if !note.isEmpty { console.err((place.context.map { "\($0.safeForTerminal): " } ?? "") + note) }
        }
        for place in findings {
            guard let denied = place.found.first(where: \.lacksEvidence) else { continue }
            console.err(ErrorReport.evidenceWarning(namespace: denied.namespace, context: place.context))
        }
        return findings.reduce(.success) { status, place in
            place.failures.reduce(status) {
                $0.combined(with: ErrorReport($1).print(on: console, context: place.context))
            }
        }
    }

    private func table(_ findings: [Findings]) -> String {
        let shown = findings.filter { !$0.found.isEmpty }
        var occasion: Table.Occasion = format == .wide ? .wide : []
        if shown.contains(where: { $0.context != nil }) { occasion.insert(.severalClusters) }
        if shown.contains(where: { $0.namespace == nil || $0.namespace != shown[0].namespace }) {
            occasion.insert(.severalNamespaces)
        }
        return RolloutTable(occasion: occasion, style: style).text(shown, hasHeader: hasHeader)
    }

    /// Only of places that answered in full can it be said that there are none.
    private func sayNone(_ findings: [Findings], on console: Console) {
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
