package import Formats

/// What heals a Rollout next.
package enum Action: String, Sendable, CaseIterable {
    /// A write of metadata that makes the controller look again. It evicts no pod.
    case refresh
    /// Every pod is replaced.
    case restart
    case none
}

extension Rollout {
    /// Seconds that a refresh has to help before a restart of what is stuck is thought of.
    package static let refreshPatience: Int64 = 30

    /// What would help next, whatever holds it back: a refresh first, and a restart only of what a refresh did not help.
    package func action(for diagnosis: Diagnosis?, _ evidence: Evidence, now: Timestamp) -> Action {
        switch diagnosis?.concern {
        case .controllersView: .refresh
        case .unexplained: hasTriedRefresh(evidence, now: now) ? .restart : .refresh
        case .needsPerson, .passing, .intended, nil: .none
        }
    }

    /// The current ReplicaSet carries a mark that was written after the time-out, long enough ago to have helped.
    package func hasTriedRefresh(_ evidence: Evidence, now: Timestamp) -> Bool {
        markSinceTimeOut(evidence).map { now.seconds(since: $0.time) >= Self.refreshPatience } ?? false
    }

    /// The mark on the current ReplicaSet, if it was written after the time-out.
    package func markSinceTimeOut(_ evidence: Evidence) -> RefreshMark? {
        guard let mark = evidence.current(of: self)?.refreshMark else { return nil }
        guard let since else { return mark }
        return mark.time > since ? mark : nil
    }
}
