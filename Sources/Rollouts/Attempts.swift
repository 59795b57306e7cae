package import Formats

/// The count of restarts in vain for one pod template, as the object itself carries it.
package enum Attempts: Sendable, Equatable {
    case count(Int)
    /// The label of this name cannot be read: whoever wrote it, it counts as the bound being reached.
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

    /// The count to write with the next restart.
    package var next: Int {
        switch self {
        case .count(let count): count + 1
        case .malformed: 1
        }
    }

    /// A restart after which the Healthy condition has changed was not in vain, whatever the condition says now.
    private static func hasHealed(_ rollout: Rollout, now: Timestamp) -> Bool {
        guard let restart = rollout.markedRestart(now: now) ?? rollout.restartAt,
            let changed = rollout.condition("Healthy")?.lastTransitionTime.flatMap(Timestamp.init(rfc3339:))
        else { return false }
        return changed > restart
    }
}

extension Rollout {
    /// Seconds by which the label of a restart may be ahead of us.
    private static let clockSkew: Int64 = 24 * 3600

    /// When we last asked for a restart or took one back, by our own label, which no manifest in Git undoes; nil where it
    /// is absent or no such moment.
    package func markedRestart(now: Timestamp) -> Timestamp? {
        guard let label = metadata.labels?[Marks.restartedAt], let seconds = Int64(label), seconds >= 0,
            seconds <= now.secondsSince1970.addingSaturated(Self.clockSkew)
        else { return nil }
        return Timestamp(secondsSince1970: seconds)
    }

    /// The latest moment at which a restart was asked for, or is said to have been: what the cool-down counts from.
    package func lastRestart(now: Timestamp) -> Timestamp? {
        [restartAt.flatMap { $0 <= now ? $0 : nil }, restartedAt.map { min($0, now) }, markedRestart(now: now)]
            .compactMap { $0 }.max()
    }
}
