package import Formats

/// What a refresh leaves on the objects that it wrote to: when, by the API server's clock, and the how many-th since the
/// world last changed. Every process reads it, so all keep the same intervals.
package struct RefreshMark: Sendable, Hashable, Comparable {
    package var time: Timestamp
    /// From 1.
    package var count: Int64

    package init(time: Timestamp, count: Int64) {
        self.time = time
        self.count = count
    }

    /// Reads `SECONDS.COUNT`; nil for anything else, which is nobody's mark.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, let seconds = Int64(parts[0]), seconds >= 0, let count = Int64(parts[1]), count > 0
        else { return nil }
        self.init(time: Timestamp(secondsSince1970: seconds), count: count)
    }

    package var text: String { "\(time.secondsSince1970).\(count)" }

    package static func < (left: RefreshMark, right: RefreshMark) -> Bool {
        (left.time, left.count) < (right.time, right.count)
    }

    /// Seconds from this one to the next, while nothing changes.
    package var interval: Int64 {
        switch count {
        case ...1: 60
        case 2: 5 * 60
        case 3: 30 * 60
        default: 60 * 60
        }
    }

    /// Seconds after which it should have helped: whatever is wrong still is the controller's.
    package static let patience: Int64 = 60
}

extension ReplicaSet {
    /// Of the last refresh that wrote to it.
    package var refreshMark: RefreshMark? { metadata.annotations?[Marks.refreshed].flatMap(RefreshMark.init) }
}

extension Rollout {
    /// The latest on the Rollout and its ReplicaSets.
    package func latestMark(_ evidence: Evidence) -> RefreshMark? {
        ([metadata.labels?[Marks.refreshed].flatMap(RefreshMark.init)]
            + evidence.ownedReplicaSets(of: self).map(\.refreshMark)).compactMap { $0 }.max()
    }

    /// The latest, if it was written after everything that the controller should have seen by now. Where nobody says
    /// when that was, a mark counts.
    package func standingMark(_ evidence: Evidence) -> RefreshMark? {
        guard let mark = latestMark(evidence) else { return nil }
        guard let changed = evidence.lastWritten(self).moment else { return mark }
        return mark.time > changed ? mark : nil
    }
}
