internal import Documents
internal import RolloutHeal
internal import Rollouts

/// Prints the result of `list` for one or several clusters.
struct ListReport {
    var format: ListFormat
    var style: Style
    var hasHeader: Bool
    /// Whether all Rollouts were requested, not only those that match.
    var all: Bool
    var order: SortOrder?

    /// - Parameter early: rows that were printed before the others were known.
    /// - Returns: the exit status for objects that could not be read; finding Rollouts is success.
    func print(_ findings: [Findings], after early: EarlyRows? = nil, on console: Console) throws -> ExitStatus {
        try printRows(of: findings, after: early, on: console)
        let isEmpty = findings.allSatisfy(\.found.isEmpty)
        if isEmpty, format.isForPeople, findings.allSatisfy(\.leftOut.isEmpty) { sayNone(findings, on: console) }
        for moved in findings.flatMap(\.moved) { console.err(moved.note) }
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

    private func printRows(of findings: [Findings], after early: EarlyRows?, on console: Console) throws {
        let shown = try order?.sorted(findings) ?? findings
        switch format {
        case .json: console.out(DiagnosisList.node(shown).json(pretty: true) + "\n")
        case .yaml: console.out(DiagnosisList.node(shown).yaml())
        case .jsonPath(let template):
            let isTerminal = console.isOutputTerminal
            console.out(
                try template.filled(from: DiagnosisList.node(shown)) { isTerminal ? $0.safeForTerminal : $0 })
        case .customColumns(let columns):
            let table = try columns.table(of: shown.flatMap(DiagnosisList.items))
            if !table.rows.isEmpty { console.out(table.text(hasHeader: hasHeader, style: style)) }
        case .table, .wide, .name: console.out(rows(shown, after: early))
        }
    }

    /// Formats that are printed row by row: names or a table.
    private func rows(_ findings: [Findings], after early: EarlyRows?) -> String {
        let rest = findings.map { place in
            var place = place
            if let early { place.found.removeAll { early.contains($0) } }
            return place
        }.filter { !$0.found.isEmpty }
        if rest.isEmpty { return "" }
        if case .name = format { return Self.names(rest) }
        var table = table(rest)
        table.leastWidths = early?.widths ?? []
        return table.text(hasHeader: hasHeader && early?.isPrinted != true, style: style)
    }

    /// Prints rows while others are still unknown, and records them in `early`.
    func printEarly(_ findings: Findings, _ early: EarlyRows, on console: Console) {
        if findings.found.isEmpty { return }
        if case .name = format {
            early.note(findings.found, widths: [])
            console.out(Self.names([findings]))
            return
        }
        let table = table([findings])
        early.note(findings.found, widths: table.widths(hasHeader: hasHeader))
        console.out(table.text(hasHeader: hasHeader, style: style))
    }

    private static func names(_ findings: [Findings]) -> String {
        findings.flatMap(\.found).map { "rollout.argoproj.io/\($0.name.safeForTerminal)\n" }.joined()
    }

    private func table(_ shown: [Findings]) -> Table {
        var occasion: Table.Occasion = []
        if case .wide = format { occasion.insert(.wide) }
        if shown.contains(where: { $0.context != nil }) { occasion.insert(.severalClusters) }
        if shown.contains(where: { $0.namespace == nil || $0.namespace != shown[0].namespace }) {
            occasion.insert(.severalNamespaces)
        }
        return RolloutTable(occasion: occasion, style: style).table(shown)
    }
}
