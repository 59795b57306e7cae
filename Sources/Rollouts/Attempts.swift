/// The count of restarts in vain for one pod template, as the object itself carries it.
package enum Attempts: Sendable, Equatable {
    case count(Int)
    /// The label is no count: whoever wrote it, it counts as the bound being reached.
    case malformed

    /// A restart that healed was not in vain: an hour after it without a new time-out, the count starts anew.
    package static let provenAfter: Int64 = 3600
    /// The same where no Healthy condition tells (controllers before v1.3).
    package static let forgottenAfter: Int64 = 24 * 3600

    package init(of rollout: Rollout, now: Timestamp) {
        guard let label = rollout.metadata.labels?[Marks.restarts],
            rollout.metadata.labels?[Marks.podHash] == rollout.podHash ?? "",
            !Self.startsAnew(rollout, now: now)
        else {
            self = .count(0)
            return
        }
        guard let count = Int32(label), count >= 0 else {
            self = .malformed
            return
        }
        self = .count(Int(count))
    }

    /// The count to write with the next restart.
    package var next: Int {
        switch self {
        case .count(let count): count + 1
        case .malformed: 1
        }
    }

    package func reaches(_ bound: Int) -> Bool {
        switch self {
        case .count(let count): count >= bound
        case .malformed: true
        }
    }

    /// Each round of a restart can flip the Healthy condition, so only a flip well after it proves a recovery in between.
    private static func startsAnew(_ rollout: Rollout, now: Timestamp) -> Bool {
        guard let restartAt = rollout.restartAt else { return false }
        guard let healthy = rollout.condition("Healthy") else {
            return now.seconds(since: restartAt) >= forgottenAfter
        }
        guard healthy.status == "False", let flipped = healthy.lastTransitionTime.flatMap(Timestamp.init(rfc3339:))
        else { return false }
        return flipped.seconds(since: restartAt) >= provenAfter
    }
}
