internal import Formats

/// One column of a table: its header, when it is shown, and the text and colour of its cells.
struct Column<Row>: Sendable {
    var header: String
    /// Conditions that must all hold for the column to be shown.
    var occasion: Table.Occasion
    var cell: @Sendable (Row, CellContext) -> Table.Cell

    init(
        _ header: String, when occasion: Table.Occasion = [],
        cell: @escaping @Sendable (Row, CellContext) -> Table.Cell
    ) {
        self.header = header
        self.occasion = occasion
        self.cell = cell
    }

    /// The same column, shown only under `occasion`.
    func shown(when occasion: Table.Occasion) -> Column {
        Column(header, when: occasion, cell: cell)
    }
}

/// What a cell depends on besides its row.
struct CellContext: Sendable {
    var style: Style
    /// The API server's time, from which ages are computed.
    var now: Timestamp
    /// The kubeconfig context, if several clusters are shown together.
    var cluster: String?

    func age(_ moment: Timestamp?) -> Table.Cell {
        Table.Cell(HumanDuration.text(since: moment, now: now))
    }
}

extension Table {
    /// Conditions under which a column is shown.
    struct Occasion: OptionSet, Sendable {
        let rawValue: UInt8

        static let wide = Occasion(rawValue: 1)
        static let severalNamespaces = Occasion(rawValue: 2)
        static let severalClusters = Occasion(rawValue: 4)
        /// The table is wide enough for more than names and a word.
        static let roomy = Occasion(rawValue: 8)
    }

    /// Creates a table of the `columns` that `occasion` shows, with the rows of each place in order.
    init<Row>(_ columns: [Column<Row>], on occasion: Occasion, _ places: [(rows: [Row], context: CellContext)]) {
        let shown = columns.filter { occasion.isSuperset(of: $0.occasion) }
        header = shown.map(\.header)
        rows = places.flatMap { place in
            place.rows.map { row in shown.map { $0.cell(row, place.context) } }
        }
    }
}
