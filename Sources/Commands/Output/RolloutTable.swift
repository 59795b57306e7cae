internal import RolloutHeal
internal import Rollouts

/// The table of `list`, for one or several clusters, and of the plan before a restart.
struct RolloutTable {
    /// From left to right. To add a column, add an entry.
    static let columns: [Column<Assessment>] = [
        Column("CLUSTER", when: .severalClusters) { _, context in Table.Cell(context.cluster ?? "-") },
        .namespace, .name, .phase, .ready, .diagnosis, .since, .lastRestart, .strategy.shown(when: .wide),
        Column("MESSAGE", when: .wide) { row, _ in Table.Cell(row.health.message.isEmpty ? "-" : row.health.message) },
        Column("REPLICASET", when: .wide) { row, _ in Table.Cell(row.podHash.map { "\(row.name)-\($0)" } ?? "-") },
        Column("RESTARTS", when: .wide) { row, _ in Table.Cell(row.restarts.map { String($0) } ?? "-") },
        Column("REFRESHED", when: .wide) { row, context in context.age(row.refreshedAt) },
    ]

    var occasion: Table.Occasion
    var style: Style

    func text(_ findings: [Findings], hasHeader: Bool) -> String {
        table(findings).text(hasHeader: hasHeader, style: style)
    }

    func table(_ findings: [Findings]) -> Table {
        let places = findings.map { ($0.found, CellContext(style: style, now: $0.now, cluster: $0.context)) }
        return Table(Self.columns, on: occasion, places)
    }
}
