package import Formats

/// The objects that a refresh writes to, in order, and the mark.
package struct RefreshPlan: Sendable, Equatable {
    package struct Target: Sendable, Equatable {
        package var name: String
        package var uid: String
    }

    /// The limit for ReplicaSets written to; those in use are always included.
    package static let mostReplicaSets = 25
    /// How long a refresh of the ReplicaSets has to help before the Rollout itself is written to.
    package static let pauseBeforeLabel = Duration.seconds(15)

    package var mark: RefreshMark
    package var replicaSets: [Target]
    /// Whether to label the Rollout immediately: its generation is not observed, or it has no ReplicaSets.
    package var labelsAtOnce: Bool
    /// What the controller resumes after the refresh, as a phrase; nil if nothing.
    package var consequence: String?

    /// - Parameter now: the API server's time, used for the mark.
    package init(of rollout: Rollout, _ evidence: Evidence, now: Timestamp) {
        mark = RefreshMark(time: now, count: (rollout.standingMark(evidence, now: now)?.count ?? 0).addingSaturated(1))
        replicaSets = Self.targets(of: rollout, evidence)
        labelsAtOnce = !rollout.isGenerationObserved || replicaSets.isEmpty
        consequence = rollout.consequenceOfRefresh(evidence)
    }

    /// The ReplicaSets in order: current, active, stable, those with pods, then the rest by oldest mark and newest
    /// creation.
    private static func targets(of rollout: Rollout, _ evidence: Evidence) -> [Target] {
        func rank(_ replicaSet: ReplicaSet) -> Int {
            switch replicaSet.podHash {
            case let hash? where hash == rollout.podHash: 0
            case let hash? where hash == rollout.status.blueGreen?.activeSelector: 1
            case let hash? where hash == rollout.status.stableRS: 2
            default: replicaSet.status.replicas ?? 0 > 0 || replicaSet.spec.replicas ?? 0 > 0 ? 3 : 4
            }
        }
        func marked(_ replicaSet: ReplicaSet) -> Int64 {
            replicaSet.refreshMark?.time.secondsSince1970 ?? 0
        }
        let ranked = evidence.ownedReplicaSets(of: rollout).map { (rank($0), $0) }
        let sorted = ranked.sorted { left, right in
            if left.0 != right.0 { return left.0 < right.0 }
            if left.0 == 4, marked(left.1) != marked(right.1) { return marked(left.1) < marked(right.1) }
            let created = (left.1.metadata.creationTimestamp ?? "", right.1.metadata.creationTimestamp ?? "")
            return created.0 != created.1 ? created.0 > created.1 : left.1.metadata.name < right.1.metadata.name
        }
        let always = sorted.count { $0.0 < 4 }
        return sorted.prefix(max(always, mostReplicaSets)).compactMap { _, replicaSet in
            replicaSet.metadata.uid.map { Target(name: replicaSet.metadata.name, uid: $0) }
        }
    }
}

extension Rollout {
    /// What the controller resumes after a refresh; nil if it only corrects its status.
    package func consequenceOfRefresh(_ evidence: Evidence) -> String? {
        var parts: [String] = []
        let current = evidence.current(of: self)
        let active = status.blueGreen?.activeSelector ?? ""
        let isInFlight =
            (status.stableRS ?? podHash) != podHash || (strategy == .blueGreen && !active.isEmpty && active != podHash)
        // Before the spec is observed, a changed image is what a user would call the update.
        let isUnseen =
            !isGenerationObserved && (current == nil || spec.template?.image != current?.spec.template?.image)
        if isInFlight || isUnseen {
            parts.append("the update" + (spec.template?.image.map { " to \($0)" } ?? ""))
        }
        if let current, current.spec.replicas ?? 1 != wantedReplicas,
            isFullyStable || isInFlight || !isGenerationObserved
        {
            parts.append("scaling \(current.spec.replicas ?? 1) to \(wantedReplicas)")
        }
        if parts.isEmpty, !isGenerationObserved { parts.append("the change to the spec") }
        return parts.isEmpty ? nil : "will continue with " + parts.joined(separator: " and ")
    }

    /// When the interval since the latest mark ends; nil if a refresh may be made immediately.
    package func refreshDue(_ evidence: Evidence, now: Timestamp) -> Timestamp? {
        standingMark(evidence, now: now).map { $0.time + $0.interval }
    }

    /// Whether the refresh has helped; `diagnosis` is the one from before it.
    package func isHelped(from diagnosis: Diagnosis, _ evidence: Evidence) -> Bool {
        switch diagnosis {
        case .stuck: !health.matches
        case .unscaled: evidence.current(of: self).map { !isUnscaled($0) } ?? true
        default: !hasEmptyStatus && failingEquations(evidence).isEmpty
        }
    }
}

/// What must be equal in two evidence reads before a stale view is acted on.
package struct StaleLook: Sendable, Equatable {
    package var diagnosis: Diagnosis
    package var failing: [Equation]
    /// The resourceVersions of the ReplicaSets, by name.
    package var versions: [String: String]
    package var generation: Int64?
    package var podHash: String?

    package init(_ diagnosis: Diagnosis, of rollout: Rollout, _ evidence: Evidence) {
        self.diagnosis = diagnosis
        podHash = rollout.podHash
        guard diagnosis.isControllersView else {
            failing = []
            versions = [:]
            return
        }
        failing = rollout.failingEquations(evidence)
        generation = rollout.metadata.generation
        versions = evidence.ownedReplicaSets(of: rollout).reduce(into: [:]) {
            $0[$1.metadata.name] = $1.metadata.resourceVersion ?? ""
        }
    }
}

/// A merge patch of metadata only. It always has a new value: a patch without a change would cause no event.
package struct RefreshPatch: Sendable, Equatable, Encodable {
    package enum Place: Sendable {
        /// Through `replicasets/status`, which cannot change spec or pod template.
        case replicaSet
        /// A label, because the controller copies annotations of a Rollout to its ReplicaSets.
        case rollout
    }

    private struct Metadata: Encodable, Equatable {
        var uid: String
        var annotations: [String: String]?
        var labels: [String: String]?
    }

    private var metadata: Metadata

    /// - Parameter uid: the patch fails for another object of the same name.
    package init(_ mark: RefreshMark, uid: String, on place: Place) {
        let values = [Marks.refreshed: mark.text]
        metadata =
            switch place {
            case .replicaSet: Metadata(uid: uid, annotations: values, labels: nil)
            case .rollout: Metadata(uid: uid, annotations: nil, labels: values)
            }
    }

}
