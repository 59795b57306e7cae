/// Columns as kubectl prints them: left-aligned, three spaces between, no trailing ones (cli-runtime tabwriter: minwidth 6, padding 3).
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

    func text(hasHeader: Bool, style: Style) -> String {
        let lines = (hasHeader ? [header.map { Cell($0) }] : []) + rows
        let widths = header.indices.map { column in
            max(Self.minimumWidth, (lines.map { $0[column].text.unicodeScalars.count + Self.padding }.max() ?? 0))
        }
        return lines.map { line in
            line.enumerated().map { column, cell in
                let isLast = column == line.count - 1
                let fill = isLast ? 0 : widths[column] - cell.text.unicodeScalars.count
                return style.paint(cell.text, cell.color) + String(repeating: " ", count: fill)
            }.joined() + "\n"
        }.joined()
    }
}
