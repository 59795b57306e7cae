internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The rows that `list` has printed while evidence reads of others continue: they are not printed twice, and later rows
/// keep their column widths.
final class EarlyRows: Sendable {
    private let state = Mutex((ids: Set<RolloutID>(), widths: [Int]()))

    func note(_ rows: [Assessment], widths: [Int]) {
        state.withLock {
            $0.ids.formUnion(rows.map(\.id))
            $0.widths = widths
        }
    }

    func contains(_ row: Assessment) -> Bool { state.withLock { $0.ids.contains(row.id) } }

    var isPrinted: Bool { state.withLock { !$0.ids.isEmpty } }

    var widths: [Int] { state.withLock { $0.widths } }
}
