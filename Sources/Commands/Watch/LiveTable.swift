internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The screen of `watch` on a terminal: who is in trouble, what is being done, and what happened last.
struct LiveTable {
    /// From left to right. A new column is one more entry.
    static let columns: [Column<WatchedRow>] = [
        .namespace, .name, .strategy.shown(when: .wide), .phase.shown(when: .wide), .ready, .diagnosis, .since,
        .lastRestart.shown(when: .wide),
        Column("STATE") { row, _ in Table.Cell(row.state) },
    ]
    private static let wideWidth = 119

    /// Context and scope, as the person knows them.
    var title: String
    var showsNamespace: Bool
    var style: Style
    /// How many Rollouts there are, as long as not all have been read.
    var total: Int?

    /// Lines for a terminal of `size`, none wider or more than it has room for.
    ///
    /// The last column is left free: what is erased to the right of a full line is its last character, on some terminals.
    func frame(_ view: WatchView, recent: [String], size: Console.TerminalSize) -> [String] {
        let width = size.columns - 1
        let head = [style.bold(fit(title.safeForTerminal, width)), status(view, width), ""]
        let tail = recent.isEmpty ? [] : [""] + recent.suffix(max(0, size.rows / 4)).map { fit($0, width) }
        let room = size.rows - head.count - tail.count
        guard room > 1, !view.rows.isEmpty else { return Array((head + tail).prefix(size.rows)) }
        guard view.rows.count >= room else { return head + table(view.rows, view, width) + tail }
        let lines = table(Self.byUrgency(view.rows), view, width)
        let hidden = lines.count - room + 1
        return head + Array(lines.prefix(room - 1)) + [fit("and \(hidden) more", width)] + tail
    }

    /// Where not all have room: those being healed, those that will be, those that are held back, the rest.
    private static func byUrgency(_ rows: [WatchedRow]) -> [WatchedRow] {
        func rank(_ row: WatchedRow) -> Int {
            guard let verdict = row.verdict else { return 0 }
            switch verdict.diagnosis {
            case .restartPending, .restartScheduled: return 0
            default: return verdict.restarts || verdict.diagnosis.isControllersView ? 1 : verdict.heldBy != nil ? 2 : 3
            }
        }
        return rows.enumerated().sorted { (rank($0.element), $0.offset) < (rank($1.element), $1.offset) }.map(\.element)
    }

    private func fit(_ text: String, _ width: Int) -> String {
        text.fitted(to: width, ellipsis: style.ellipsis)
    }

    private func status(_ view: WatchView, _ width: Int) -> String {
        if let trouble = view.trouble {
            let cell = style.cell(trouble.message, .bad)
            return style.paint(fit(cell.text, width), cell.color)
        }
        guard view.isSynced else { return fit(Progress.reading(view.count, of: total), width) }
        if view.isLagging {
            return style.paint(fit("the controller lags: nothing is refreshed until it keeps up", width), .red)
        }
        if view.isStormy { return style.paint(fit("storm: nothing is restarted until it is over", width), .red) }
        let isClear = view.census.isAllHealthy && view.rows.isEmpty
        return style.paint(fit(summary(view), width), isClear ? .green : nil)
    }

    /// Everything is counted: "all Healthy" is said only of Rollouts that are.
    private func summary(_ view: WatchView) -> String {
        let census = view.census
        let counts = [
            (view.rows.count, "in trouble"), (view.givenUp, "given up"),
            (census.otherDegraded, "Degraded for other reasons"),
            (census.inProgress, "in progress"), (census.unreadable, "unreadable"),
        ].filter { $0.0 > 0 }.map { "\($0) \($1)" }
        let states = counts.isEmpty ? ["all Healthy"] : counts
        let excluded = census.excluded > 0 ? ["\(census.excluded) more excluded"] : []
        return (["\(view.count) Rollouts"] + states + excluded).joined(separator: ", ")
    }

    private func table(_ rows: [WatchedRow], _ view: WatchView, _ width: Int) -> [String] {
        var occasion: Table.Occasion = width >= Self.wideWidth ? .wide : []
        if showsNamespace { occasion.insert(.severalNamespaces) }
        return Table(Self.columns, on: occasion, [(rows, CellContext(style: style, now: view.now))])
            .fitted(to: width, ellipsis: style.ellipsis).lines(hasHeader: true, style: style)
    }
}
