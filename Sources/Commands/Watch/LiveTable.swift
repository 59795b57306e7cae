internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The table of the page: Rollouts in trouble, steps under way, and healed Rollouts.
struct LiveTable {
    /// From left to right. To add a column, add an entry.
    static let columns: [Column<WatchedRow>] = [
        .namespace, .name, .strategy.shown(when: .wide),
        Column("PHASE", when: .wide) { row, _ in Table.Cell(row.phase.isEmpty ? "-" : row.phase) },
        .ready.shown(when: .roomy),
        Column("DIAGNOSIS") { row, context in context.style.cell(row.word, row.mark) },
        .since.shown(when: .roomy), .lastRestart.shown(when: .wide),
        Column("STATE", when: .roomy) { row, _ in Table.Cell(row.state) },
    ]
    private static let wideWidth = 119
    private static let roomyWidth = 56
    /// Minimum width for a cell of each column; below it, colours are left out and lines are cut.
    private static let narrowWidth = 24

    var page: WatchPage
    /// The API server's time.
    var now: Timestamp

    /// The header and the lines of `all` in `range`; if these begin in the middle of a group, its name comes first.
    func lines(_ all: [WatchPage.Line], in range: Range<Int>) -> (header: String, rows: [String]) {
        var style = page.style
        if page.width < Self.narrowWidth { style.isColored = false }
        let rows = page.rows
        let first = all[..<range.lowerBound].count { if case .row = $0 { true } else { false } }
        let count = all[range].count { if case .row = $0 { true } else { false } }
        let selected = page.takesKeys ? page.selectedIndex : nil
        let table = Table(Self.columns, on: occasion, [(rows, CellContext(style: style, now: now))])
            .fitted(to: page.width - prefix(isSelected: false).count, ellipsis: style.ellipsis)
        let texts = table.lines(ofRows: first..<first + count, plain: selected, style: style)
        var index = 0
        var shown = all[range].map { line in
            switch line {
            case .heading(let section): return heading(section, style)
            case .row:
                defer { index += 1 }
                let isSelected = first + index == selected
                let text = cut(prefix(isSelected: isSelected) + texts.rows[index])
                return isSelected ? style.reversed(text) : text
            }
        }
        if case .row(_, let section) = all[range].first, range.count > 1 { shown[0] = heading(section, style) }
        return (cut(prefix(isSelected: false) + texts.header), shown)
    }

    private var occasion: Table.Occasion {
        var occasion: Table.Occasion =
            page.width >= Self.wideWidth ? [.wide, .roomy] : page.width >= Self.roomyWidth ? .roomy : []
        if page.showsNamespace { occasion.insert(.severalNamespaces) }
        return occasion
    }

    private func prefix(isSelected: Bool) -> String {
        page.takesKeys ? isSelected ? "> " : "  " : ""
    }

    private func heading(_ section: PageSection, _ style: Style) -> String {
        style.bold(style.paint(page.fit(section.heading), Style.color(of: section.kind)))
    }

    private func cut(_ text: String) -> String {
        page.width < Self.narrowWidth ? page.fit(text) : text
    }
}

extension WatchedRow {
    /// The diagnosis and its gate, or the phase if there is no diagnosis.
    fileprivate var word: String { verdict?.word ?? (phase.isEmpty ? "-" : phase) }

    fileprivate var mark: Style.Mark? { phase == Health.healthy && verdict == nil ? .good : Style.mark(of: group) }
}
