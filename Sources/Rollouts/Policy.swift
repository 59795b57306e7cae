/// Which diagnoses are restarted.
package enum Policy: String, Sendable, CaseIterable {
    /// Everything that matches the base rule, as the script that came before did.
    case rule
    /// What is stuck, and what cannot be proven either way.
    case cautious
    /// What is proven to be stuck, and has more than one replica.
    case strict

    package func restarts(_ diagnosis: Diagnosis) -> Bool {
        switch self {
        case .rule: true
        case .cautious: diagnosis == .stuck || diagnosis == .unproven
        case .strict: diagnosis == .stuck
        }
    }
}

/// What holds a restart back that diagnosis and policy would allow.
package enum Gate: Sendable, Equatable {
    /// Opted out by `rollout-heal/ignore`.
    case ignored
    /// As many restarts in vain for this pod template as are allowed; nil when the count cannot be read.
    case gaveUp(restarts: Int?)
    /// Too soon after the last restart; the moment it ends.
    case coolDown(until: Timestamp)
    /// A restart would take the only pod.
    case singleReplica
    /// The time-out is too young to be told from a slow start.
    case settling

    /// The word shown beside the diagnosis.
    package var name: String {
        switch self {
        case .ignored: "ignored"
        case .gaveUp: "gave-up"
        case .coolDown: "cool-down"
        case .singleReplica: "single-replica"
        case .settling: "settling"
        }
    }
}

extension Gate {
    /// One sentence on what holds back, and for how long.
    package func explanation(now: Timestamp) -> String {
        switch self {
        case .ignored: "\(Marks.ignore) is \"true\""
        case .gaveUp(let restarts?): "\(restarts) restarts of this pod template were in vain"
        case .gaveUp(nil): "label \(Marks.restarts) is no count"
        case .coolDown(let end):
            "restarted recently; not again for \(Age.text(seconds: max(0, end.seconds(since: now))))"
        case .singleReplica: "a restart would take its only pod"
        case .settling: "the time-out is too young and still changing"
        }
    }
}
