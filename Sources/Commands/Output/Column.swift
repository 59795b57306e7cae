internal import Formats

/// One column of a table, all of it in one place: its header, when it is shown, and what it says of a row, in which colour.
struct Column<Row>: Sendable {
    var header: String
    /// All of these have to be so for it to be shown.
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

    /// The same column, shown only then.
    func shown(when occasion: Table.Occasion) -> Column {
        Column(header, when: occasion, cell: cell)
    }
}

/// What a cell takes besides its row.
struct CellContext: Sendable {
    var style: Style
    /// The API server's time, which ages count from.
    var now: Timestamp
    /// The context of kubeconfig, where several clusters are shown together.
    var cluster: String?

    func age(_ moment: Timestamp?) -> Table.Cell {
        Table.Cell(HumanDuration.text(since: moment, now: now))
    }
}

extension Table {
    /// What there is room or reason for.
    struct Occasion: OptionSet, Sendable {
        let rawValue: UInt8

        static let wide = Occasion(rawValue: 1)
        static let severalNamespaces = Occasion(rawValue: 2)
        static let severalClusters = Occasion(rawValue: 4)
        /// Room for more than names and a word.
        static let roomy = Occasion(rawValue: 8)
    }

    /// The `columns` that `occasion` shows, and a row for each of the rows of each place, in order.
    init<Row>(_ columns: [Column<Row>], on occasion: Occasion, _ places: [(rows: [Row], context: CellContext)]) {
        let shown = columns.filter { occasion.isSuperset(of: $0.occasion) }
        header = shown.map(\.header)
        rows = places.flatMap { place in
            place.rows.map { row in shown.map { $0.cell(row, place.context) } }
        }
    }
}
