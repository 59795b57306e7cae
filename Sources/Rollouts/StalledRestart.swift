package import Formats

/// Restarts that are armed and come to nothing: they would fire much later, on pods that are well by then, and two
/// PodDisruptionBudgets on one pod keep the controller from doing anything with the Rollout meanwhile.
extension Rollout {
    /// The restart that is pending is one of ours: our label names its very moment.
    package var hasOwnRestart: Bool {
        guard hasUnfinishedRestart, let restartAt, let label = metadata.labels?[Marks.restartedAt] else { return false }
        return label == String(restartAt.secondsSince1970)
    }

    /// One of ours of which nothing has come for so long: neither its status nor a ReplicaSet was written since. Where nobody
    /// says when a ReplicaSet was, it is left alone. The spec does not count: an autoscaler may write it all the time, and
    /// nothing comes of the restart.
    package func hasStalledRestart(_ evidence: Evidence, after seconds: Int64, now: Timestamp) -> Bool {
        let times = evidence.ownedReplicaSets(of: self).map(\.written)
        guard hasOwnRestart, let restartAt, !times.contains(.unknown),
            let written = times.compactMap(\.moment).max()
        else { return false }
        return now.seconds(since: max(restartAt, written, statusWritten.moment ?? written)) >= seconds
    }
}

extension Evidence {
    /// The versions of the ReplicaSets of `rollout`, by uid: the same as before means that no pod came or went.
    package func versions(of rollout: Rollout) -> [String: String] {
        Dictionary(
            ownedReplicaSets(of: rollout).map { ($0.metadata.uid ?? "", $0.metadata.resourceVersion ?? "") }
        ) { $1 }
    }
}

/// What `watch` and the command line take for progress of a restart that they follow.
package enum RestartProgress {
    /// Of `--timeout`: what changes all the time is not followed for ever.
    package static let mostTimes = 12
}

extension Rollout.Status {
    /// More than the observed generation has moved: pods come and go.
    package func hasProgressed(since before: Rollout.Status) -> Bool {
        var before = before
        before.observedGeneration = observedGeneration
        return self != before
    }
}
