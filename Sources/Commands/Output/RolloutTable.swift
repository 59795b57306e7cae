internal import Formats
internal import RolloutHeal
internal import Rollouts

/// The table of `list` and of the plan before a restart.
struct RolloutTable {
    var showsCluster = false
    var showsNamespace: Bool
    var isWide: Bool
    var style: Style

    func text(_ findings: [Findings], hasHeader: Bool) -> String {
        let columns = ["NAME", "STRATEGY", "PHASE", "READY", "DIAGNOSIS", "FOR", "LAST-RESTART"]
        let wide = isWide ? ["MESSAGE", "REPLICASET", "RESTARTS", "REFRESHED"] : []
        let places = (showsCluster ? ["CLUSTER"] : []) + (showsNamespace ? ["NAMESPACE"] : [])
        let rows = findings.flatMap { place in
            place.found.map { (showsCluster ? [Table.Cell(place.context ?? "-")] : []) + row($0, now: place.now) }
        }
        return Table(header: places + columns + wide, rows: rows).text(hasHeader: hasHeader, style: style)
    }

    private func row(_ assessment: Assessment, now: Timestamp) -> [Table.Cell] {
        let cells = [
            Table.Cell(assessment.name),
            Table.Cell(assessment.strategy?.rawValue ?? "-"),
            style.phase(assessment.health.phase),
            Table.Cell(assessment.replicas.ready.map { "\($0)/\(assessment.replicas.desired)" } ?? "-"),
            style.verdict(assessment.verdict),
            Table.Cell(HumanDuration.text(since: assessment.since, now: now)),
            Table.Cell(HumanDuration.text(since: assessment.restartedAt, now: now)),
        ]
        return (showsNamespace ? [Table.Cell(assessment.namespace)] : []) + cells
            + (isWide ? wideCells(assessment, now: now) : [])
    }

    private func wideCells(_ assessment: Assessment, now: Timestamp) -> [Table.Cell] {
        let message = assessment.health.message
        return [
            Table.Cell(message.isEmpty ? "-" : message),
            Table.Cell(assessment.podHash.map { "\(assessment.name)-\($0)" } ?? "-"),
            Table.Cell(assessment.restarts.map { String($0) } ?? "-"),
            Table.Cell(HumanDuration.text(since: assessment.refreshedAt, now: now)),
        ]
    }
}
