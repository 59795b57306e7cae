/// A table in kubectl's format: left-aligned, three spaces between columns, none trailing (cli-runtime tabwriter:
/// minwidth 6, padding 3). Unlike kubectl's, columns stay aligned with characters that are two or no columns wide.
struct Table {
    struct Cell {
        var text: String
        var color: Style.Color?

        init(_ text: String, _ color: Style.Color? = nil) {
            self.text = text.safeForTerminal
            self.color = color
        }
    }

    private static let minimumWidth = 6
    private static let padding = 3

    var header: [String]
    var rows: [[Cell]]
    /// Minimum widths of the columns, from rows that are already printed; empty if there are none.
    var leastWidths: [Int] = []

    func text(hasHeader: Bool, style: Style) -> String {
        lines(hasHeader: hasHeader, style: style).map { $0 + "\n" }.joined()
    }

    func lines(hasHeader: Bool, style: Style) -> [String] {
        let widths = widths(hasHeader: hasHeader)
        return ((hasHeader ? [headerCells] : []) + rows).map { line(of: $0, widths, style) }
    }

    /// The header and the rows in `range`, in columns as wide as all rows need; the row at `plain` has no colours.
    func lines(ofRows range: Range<Int>, plain: Int?, style: Style) -> (header: String, rows: [String]) {
        let widths = widths(hasHeader: true)
        var colorless = style
        colorless.isColored = false
        let shown = range.map { line(of: rows[$0], widths, $0 == plain ? colorless : style) }
        return (line(of: headerCells, widths, style), shown)
    }

    private var headerCells: [Cell] { header.map { Cell($0) } }

    private func line(of cells: [Cell], _ widths: [Int], _ style: Style) -> String {
        cells.enumerated().map { column, cell in
            let isLast = column == cells.count - 1
            let fill = isLast ? 0 : widths[column] - cell.text.displayWidth
            return style.paint(cell.text, cell.color) + String(repeating: " ", count: fill)
        }.joined()
    }

    func widths(hasHeader: Bool) -> [Int] {
        header.indices.map { column in
            let cells = rows.map(\.[column].text) + (hasHeader ? [header[column]] : [])
            let least = max(Self.minimumWidth, leastWidths.isEmpty ? 0 : leastWidths[column])
            return max(least, (cells.map(\.displayWidth).max() ?? 0) + Self.padding)
        }
    }

    /// The same table with cells cut so that no line exceeds `width`: the last column first, then the widest.
    func fitted(to width: Int, ellipsis: String = "…") -> Table {
        var limits = widths(hasHeader: true).map { $0 - Self.padding }
        let last = limits.count - 1
        let shortest = 8
        var excess = limits.reduce(0, +) + last * Self.padding - width
        while excess > 0 {
            let column = limits[last] > shortest ? last : limits.indices.max { limits[$0] < limits[$1] } ?? last
            guard limits[column] > 1 else { break }
            limits[column] -= 1
            excess -= 1
        }
        var table = self
        table.header = header.enumerated().map { $1.fitted(to: limits[$0], ellipsis: ellipsis) }
        table.rows = rows.map { row in
            row.enumerated().map { Cell($1.text.fitted(to: limits[$0], ellipsis: ellipsis), $1.color) }
        }
        return table
    }
}
