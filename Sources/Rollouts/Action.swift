package import Formats

/// The next step for a Rollout.
package enum Action: String, Sendable, CaseIterable {
    /// A metadata write that makes the controller reconcile; evicts no pod.
    case refresh
    /// Replaces every pod.
    case restart
    case none
}

extension Rollout {
    /// Seconds that a refresh has to help before a stuck Rollout is restarted.
    package static let refreshPatience = Duration.seconds(30)

    /// Returns the next step for `diagnosis`, regardless of gates: a refresh, and a restart only after one that did not
    /// help.
    package func action(for diagnosis: Diagnosis?, _ evidence: Evidence, now: Timestamp) -> Action {
        switch diagnosis?.concern {
        case .controllersView: .refresh
        case .unexplained: hasTriedRefresh(evidence, now: now) ? .restart : .refresh
        case .needsPerson, .passing, .intended, nil: .none
        }
    }

    /// Whether the current ReplicaSet has a mark that is later than the timeout, and old enough to have helped.
    package func hasTriedRefresh(_ evidence: Evidence, now: Timestamp) -> Bool {
        markSinceTimeOut(evidence, now: now).map { now - $0.time >= Self.refreshPatience } ?? false
    }

    /// The mark on the current ReplicaSet if it is later than the timeout, otherwise nil.
    package func markSinceTimeOut(_ evidence: Evidence, now: Timestamp) -> RefreshMark? {
        guard let mark = evidence.current(of: self)?.refreshMark, mark.isPlausible(at: now) else { return nil }
        guard let since else { return mark }
        return mark.time > since ? mark : nil
    }
}
