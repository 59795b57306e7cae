import Formats
import Testing

@testable import Commands

@Suite struct ColumnTests {
    private static let columns: [Column<Int>] = [
        Column("CLUSTER", when: .severalClusters) { _, context in Table.Cell(context.cluster ?? "-") },
        Column("NUMBER") { row, _ in Table.Cell("\(row)", row < 0 ? .red : nil) },
        Column("TWICE", when: .wide) { row, _ in Table.Cell("\(2 * row)") },
        Column("BOTH", when: [.wide, .severalClusters]) { _, _ in Table.Cell("!") },
    ]

    private func lines(on occasion: Table.Occasion, isColored: Bool = false) -> [String] {
        let style = Style(isColored: isColored)
        func place(_ cluster: String?) -> CellContext {
            CellContext(style: style, now: Timestamp(secondsSince1970: 0), cluster: cluster)
        }
        return Table(Self.columns, on: occasion, [([1, -2], place("a")), ([3], place(nil))])
            .lines(hasHeader: true, style: style)
    }

    @Test func aColumnIsThereWhenAllOfItsOccasionIs() {
        #expect(lines(on: []) == ["NUMBER", "1", "-2", "3"])
        #expect(lines(on: .severalNamespaces) == lines(on: []))
        #expect(lines(on: .wide) == ["NUMBER   TWICE", "1        2", "-2       -4", "3        6"])
        #expect(
            lines(on: [.wide, .severalClusters]) == [
                "CLUSTER   NUMBER   TWICE   BOTH", "a         1        2       !", "a         -2       -4      !",
                "-         3        6       !",
            ])
        #expect(lines(on: [], isColored: true)[2] == "\u{1B}[31m-2\u{1B}[0m")
    }

    @Test func aColumnCanBeShownOnAnotherOccasion() {
        #expect(Self.columns[1].shown(when: .wide).occasion == .wide)
        #expect(
            Table(
                [Self.columns[1].shown(when: .wide)], on: [],
                [
                    (
                        [1],
                        CellContext(
                            style: Style(isColored: false), now: Timestamp(secondsSince1970: 0))
                    )
                ]
            ).header.isEmpty)
    }

    @Test func theTablesHaveNoColumnTwice() {
        for headers in [RolloutTable.columns.map(\.header), LiveTable.columns.map(\.header)] {
            #expect(Set(headers).count == headers.count)
        }
    }
}
