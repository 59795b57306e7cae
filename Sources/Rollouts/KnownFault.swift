/// A known fault of the argo-rollouts controller: what it does in which versions, and where it is reported and fixed.
package struct KnownFault: Sendable, Equatable {
    /// Stable, for scripts.
    package var name: String
    /// What is seen, in one sentence.
    package var summary: String
    /// What heals a Rollout that is affected.
    package var help: String
    /// The first affected version; nil if all earlier ones are.
    package var first: ControllerVersion?
    /// The last version that is known to be affected.
    package var last: ControllerVersion
    /// The first version without it.
    package var fixedIn: ControllerVersion
    /// Numbers of issues of argoproj/argo-rollouts.
    package var reports: [Int]
    /// Numbers of pull requests there.
    package var fixes: [Int]

    package func affects(_ version: ControllerVersion) -> Bool {
        (first.map { $0 <= version } ?? true) && version <= last
    }

    package var links: [String] {
        let place = "https://github.com/argoproj/argo-rollouts"
        return reports.map { "\(place)/issues/\($0)" } + fixes.map { "\(place)/pull/\($0)" }
    }

    private static let staleReplicaSets = (first: ControllerVersion(1, 6, 1), last: ControllerVersion(1, 7, 2))

    package static let all = [
        KnownFault(
            name: "stale-current-replicaset",
            summary: "status counts pods that the current ReplicaSet does not have, until the Rollout times out",
            help: "a refresh heals; a restart heals too, and evicts every pod",
            first: staleReplicaSets.first, last: staleReplicaSets.last, fixedIn: ControllerVersion(1, 8, 0),
            reports: [4047], fixes: [4044]),
        KnownFault(
            name: "stale-old-replicaset",
            summary: "status counts pods of an old ReplicaSet that is gone, until the Rollout times out",
            help: "a refresh heals; a restart evicts every pod in vain",
            first: staleReplicaSets.first, last: staleReplicaSets.last, fixedIn: ControllerVersion(1, 8, 0),
            reports: [3316], fixes: [4044]),
        KnownFault(
            name: "stale-new-replicaset",
            summary: "an update hangs, because the pods of the new ReplicaSet are not counted",
            help: "a refresh heals; a restart does not",
            first: staleReplicaSets.first, last: staleReplicaSets.last, fixedIn: ControllerVersion(1, 8, 0),
            reports: [3316], fixes: [4044]),
        KnownFault(
            name: "replicaset-conflict",
            summary: "writes to a ReplicaSet conflict for ever: the Rollout is not scaled, and stays Progressing",
            help: "a refresh heals",
            first: ControllerVersion(1, 6, 0), last: ControllerVersion(1, 6, 6), fixedIn: ControllerVersion(1, 7, 0),
            reports: [3080, 3316], fixes: []),
        KnownFault(
            name: "stale-rollout",
            summary: "a change of the Rollout is never noticed: an image is not rolled out, a pause does not end",
            help: "a refresh heals; a restart heals too, and evicts every pod",
            first: nil, last: ControllerVersion(1, 9, 1), fixedIn: cured, reports: [3316, 4694], fixes: [4786]),
    ]

    /// The first version without any of them.
    package static let cured = ControllerVersion(1, 10, 0, candidate: 1)

    /// What is known about a version.
    package enum Finding: Sendable, Equatable {
        case affected([KnownFault])
        /// It has none of the faults.
        case cured
        /// Neither measured nor reported.
        case unknown
    }

    package static func finding(for version: ControllerVersion) -> Finding {
        if version >= cured { return .cured }
        // Release candidates may lack fixes of the release, and were not measured.
        if version.candidate != nil { return .unknown }
        let faults = all.filter { $0.affects(version) }
        return faults.isEmpty ? .unknown : .affected(faults)
    }
}
