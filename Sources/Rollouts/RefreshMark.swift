package import Formats

/// The mark that a refresh writes to objects: its time on the API server's clock, and its number since the last change
/// of the objects. All processes read it, so they share the intervals.
package struct RefreshMark: Sendable, Hashable, Comparable {
    package var time: Timestamp
    /// Counts from 1.
    package var count: Int64

    package init(time: Timestamp, count: Int64) {
        self.time = time
        self.count = count
    }

    /// Parses `SECONDS.COUNT`; nil for any other text, which is not our mark.
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

    /// Minimum time until the next refresh if nothing changes.
    package var interval: Duration {
        switch count {
        case ...1: .seconds(60)
        case 2: .seconds(5 * 60)
        case 3: .seconds(30 * 60)
        default: .seconds(60 * 60)
        }
    }

    /// By how much a mark may be ahead of the API server's clock. One that is further ahead was written by a clock that
    /// was wrong; it does not count, or it would hold back every refresh and restart until that time.
    private static let clockSkew = Duration.seconds(60)

    func isPlausible(at now: Timestamp) -> Bool { time <= now + Self.clockSkew }

    /// Time in which a refresh should help; after that, the controller itself is at fault.
    package static let patience = Duration.seconds(60)
}

extension ReplicaSet {
    /// The mark of the last refresh that wrote to it.
    package var refreshMark: RefreshMark? { metadata.annotations?[Marks.refreshed].flatMap(RefreshMark.init) }
}

extension Rollout {
    /// The latest mark on the Rollout and its ReplicaSets.
    package func latestMark(_ evidence: Evidence, now: Timestamp) -> RefreshMark? {
        ([metadata.labels?[Marks.refreshed].flatMap(RefreshMark.init)]
            + evidence.ownedReplicaSets(of: self).map(\.refreshMark)).compactMap { $0 }.filter {
                $0.isPlausible(at: now)
            }.max()
    }

    /// The latest mark if it is later than all changes the controller should have observed. Without write times, it
    /// counts.
    package func standingMark(_ evidence: Evidence, now: Timestamp) -> RefreshMark? {
        guard let mark = latestMark(evidence, now: now) else { return nil }
        guard let changed = evidence.lastWritten(self).moment else { return mark }
        return mark.time > changed ? mark : nil
    }
}
