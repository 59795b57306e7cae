internal import Formats
internal import Rollouts

/// Rollouts that healed while the page was open: shown for ``shownFor``, and counted until the page closes.
struct HealedRollouts: Sendable {
    /// How long a healed Rollout stays on the page.
    static let shownFor = Duration.seconds(300)

    private struct Entry {
        var row: WatchedRow
        var at: Timestamp
        /// Nil if it healed without a step of ours.
        var by: Change.Remedy?
    }

    private var entries: [RolloutID: Entry] = [:]
    private var counts: [Change.Remedy?: Int] = [:]

    var byRefresh: Int { counts[.refresh] ?? 0 }
    var byRestart: Int { counts[.restart] ?? 0 }
    var withoutUs: Int { counts[Change.Remedy?.none] ?? 0 }
    var count: Int { byRefresh + byRestart + withoutUs }

    /// - Parameters:
    ///   - row: the last row of the Rollout.
    ///   - remedy: nil does not replace a remedy that is already known.
    mutating func add(_ row: WatchedRow, by remedy: Change.Remedy?, at now: Timestamp) {
        if let known = entries[row.id] {
            guard known.by == nil, remedy != nil else { return }
            counts[Change.Remedy?.none, default: 0] -= 1
        }
        counts[remedy, default: 0] += 1
        entries[row.id] = Entry(row: row, at: now, by: remedy)
    }

    /// Removes a Rollout that is in trouble again, or deleted.
    mutating func remove(_ id: RolloutID) {
        entries[id] = nil
    }

    mutating func forgetOld(now: Timestamp) {
        entries = entries.filter { now - $0.value.at < Self.shownFor }
    }

    /// The most recent first.
    var rows: [WatchedRow] {
        entries.values.sorted { ($1.at, $0.row.id) < ($0.at, $1.row.id) }.map { entry in
            var row = entry.row
            row.phase = Health.healthy
            row.verdict = nil
            // A Healthy Rollout has all its pods.
            row.ready = row.ready.map { _ in row.desired }
            row.since = entry.at
            row.isUnderWay = false
            row.state = entry.by.map { "healed by a \($0.rawValue)" } ?? "healed by itself"
            return row
        }
    }
}
