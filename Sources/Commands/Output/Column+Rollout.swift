internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The properties of a Rollout that both `list` and `watch` show.
protocol ShownRollout: Sendable {
    var namespace: String { get }
    var name: String { get }
    var strategy: Rollout.StrategyKind? { get }
    var phase: String { get }
    var ready: Int64? { get }
    var desired: Int64 { get }
    var verdict: Verdict? { get }
    var since: Timestamp? { get }
    var restartedAt: Timestamp? { get }
}

extension Assessment: ShownRollout {
    var phase: String { health.phase }
    var ready: Int64? { replicas.ready }
    var desired: Int64 { replicas.desired }
}

extension WatchedRow: ShownRollout {
    var namespace: String { id.namespace }
    var name: String { id.name }
}

/// The columns that `list` and `watch` share.
extension Column where Row: ShownRollout {
    static var namespace: Column {
        Column("NAMESPACE", when: .severalNamespaces) { row, _ in Table.Cell(row.namespace) }
    }
    static var name: Column { Column("NAME") { row, _ in Table.Cell(row.name) } }
    static var strategy: Column { Column("STRATEGY") { row, _ in Table.Cell(row.strategy?.rawValue ?? "-") } }
    static var phase: Column { Column("PHASE") { row, context in context.style.phase(row.phase) } }
    static var ready: Column {
        Column("READY") { row, _ in Table.Cell(row.ready.map { "\($0)/\(row.desired)" } ?? "-") }
    }
    static var diagnosis: Column { Column("DIAGNOSIS") { row, context in context.style.verdict(row.verdict) } }
    static var since: Column { Column("FOR") { row, context in context.age(row.since) } }
    static var lastRestart: Column { Column("LAST-RESTART") { row, context in context.age(row.restartedAt) } }
}
