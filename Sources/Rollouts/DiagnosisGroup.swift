extension Diagnosis {
    /// Where the page of `watch` shows it, worst first.
    package enum Group: Int, Sendable, CaseIterable, Comparable {
        /// Pods are not there.
        case broken
        /// A refresh or a restart can help.
        case fixable
        /// Something is under way, or meant to rest.
        case waiting
        case other

        package var name: String {
            switch self {
            case .broken: "BROKEN"
            case .fixable: "FIXABLE"
            case .waiting: "WAITING"
            case .other: "OTHER"
            }
        }

        /// What its Rollouts have in common, in a few words.
        package var meaning: String {
            switch self {
            case .broken: "pods are not available"
            case .fixable: "a refresh or a restart can help"
            case .waiting: "under way, or paused"
            case .other: "for other reasons: see explain"
            }
        }

        package static func < (left: Group, right: Group) -> Bool { left.rawValue < right.rawValue }
    }
}

extension WatchedRow {
    /// What is under way waits for its end, whatever it is called; without a diagnosis, phase and pods decide.
    package var group: Diagnosis.Group {
        if isUnderWay { return .waiting }
        if let verdict { return verdict.diagnosis.group }
        guard phase == Health.degraded else { return .waiting }
        return ready.map { $0 < desired } ?? false ? .broken : .other
    }
}
