internal import RolloutHeal
internal import Rollouts

/// The screen of `watch` on a terminal: who is in trouble, what is being done, and what happened last.
struct LiveTable {
    /// Context and scope, as the person knows them.
    var title: String
    var showsNamespace: Bool
    var style: Style

    /// Lines for a terminal of `size`, none wider or more than it has room for.
    func frame(_ view: WatchView, recent: [String], size: Console.TerminalSize) -> [String] {
        let head = [style.bold(title.safeForTerminal.fitted(to: size.columns)), status(view, width: size.columns), ""]
        let tail = recent.isEmpty ? [] : [""] + recent.suffix(max(0, size.rows / 4)).map { $0.fitted(to: size.columns) }
        let room = size.rows - head.count - tail.count
        guard room > 1, !view.rows.isEmpty else { return Array((head + tail).prefix(size.rows)) }
        let lines = table(view, width: size.columns)
        guard lines.count > room else { return head + lines + tail }
        let hidden = lines.count - room + 1
        return head + lines.prefix(room - 1) + ["and \(hidden) more".fitted(to: size.columns)] + tail
    }

    private func status(_ view: WatchView, width: Int) -> String {
        if let trouble = view.trouble {
            return style.paint("✗ \(trouble.message.safeForTerminal)".fitted(to: width), .yellow)
        }
        guard view.isSynced else { return "reading Rollouts…" }
        if view.isStormy { return style.paint("storm: nothing is restarted until it is over".fitted(to: width), .red) }
        let inTrouble = view.rows.count
        let gaveUp = view.givenUp > 0 ? ", \(view.givenUp) given up" : ""
        let text = "\(view.count) Rollouts, " + (inTrouble == 0 ? "all well" : "\(inTrouble) in trouble\(gaveUp)")
        return style.paint(text.fitted(to: width), inTrouble == 0 ? .green : nil)
    }

    private func table(_ view: WatchView, width: Int) -> [String] {
        let isWide = width >= 120
        let header =
            (showsNamespace ? ["NAMESPACE"] : []) + ["NAME"] + (isWide ? ["STRATEGY", "PHASE"] : [])
            + ["READY", "DIAGNOSIS", "FOR"] + (isWide ? ["LAST-RESTART"] : []) + ["STATE"]
        let rows = view.rows.map { row in
            (showsNamespace ? [Table.Cell(row.id.namespace)] : []) + [Table.Cell(row.id.name)]
                + (isWide
                    ? [
                        Table.Cell(row.strategy?.rawValue ?? "-"),
                        style.phase(row.phase),
                    ] : [])
                + [
                    Table.Cell(row.ready.map { "\($0)/\(row.desired)" } ?? "-"),
                    style.verdict(row.verdict),
                    Table.Cell(Age.text(since: row.since, now: view.now)),
                ] + (isWide ? [Table.Cell(Age.text(since: row.restartedAt, now: view.now))] : [])
                + [Table.Cell(row.state)]
        }
        return Table(header: header, rows: rows).fitted(to: width).lines(hasHeader: true, style: style)
    }
}
