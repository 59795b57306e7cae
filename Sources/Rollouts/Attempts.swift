package import Formats

/// The number of restarts that did not help for one pod template, stored in labels of the Rollout.
package enum Attempts: Sendable, Equatable {
    case count(Int)
    /// This label cannot be read: counts as if the limit were reached.
    case malformed(label: String)

    package init(of rollout: Rollout, now: Timestamp) {
        let labels = rollout.metadata.labels ?? [:]
        guard let label = labels[Marks.restarts], labels[Marks.podHash] == rollout.podHash ?? "" else {
            self = .count(0)
            return
        }
        guard let count = Int32(label), count >= 0 else {
            self = .malformed(label: Marks.restarts)
            return
        }
        if labels[Marks.restartedAt] != nil, rollout.markedRestart(now: now) == nil {
            self = .malformed(label: Marks.restartedAt)
            return
        }
        self = .count(Self.hasHealed(rollout, now: now) ? 0 : Int(count))
    }

    /// The count to store with the next restart.
    package var next: Int {
        switch self {
        case .count(let count): count + 1
        case .malformed: 1
        }
    }

    /// A restart helped if the Healthy condition has changed since, whatever it says now.
    private static func hasHealed(_ rollout: Rollout, now: Timestamp) -> Bool {
        guard let restart = rollout.markedRestart(now: now) ?? rollout.restartAt,
            let changed = rollout.condition("Healthy")?.lastTransitionTime.flatMap(Timestamp.init(rfc3339:))
        else { return false }
        return changed > restart
    }
}

extension Rollout {
    /// By how much a restart's label may be ahead of the API server's clock.
    private static let clockSkew = Duration.seconds(24 * 3600)

    /// When we last requested a restart or took one back, from our own label, which a sync from Git does not undo; nil
    /// if it is absent or invalid.
    package func markedRestart(now: Timestamp) -> Timestamp? {
        guard let label = metadata.labels?[Marks.restartedAt], let seconds = Int64(label), seconds >= 0 else {
            return nil
        }
        let moment = Timestamp(secondsSince1970: seconds)
        return moment <= now + Self.clockSkew ? moment : nil
    }

    /// The latest time at which a restart was requested or reported; the cool-down starts from it.
    package func lastRestart(now: Timestamp) -> Timestamp? {
        [restartAt.flatMap { $0 <= now ? $0 : nil }, restartedAt.map { min($0, now) }, markedRestart(now: now)]
            .compactMap { $0 }.max()
    }
}
