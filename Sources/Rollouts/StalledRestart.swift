package import Formats

/// Restarts that stay armed without effect: they would evict pods much later, when those are healthy, and two
/// PodDisruptionBudgets for one pod keep the controller from reconciling the Rollout meanwhile.
extension Rollout {
    /// Whether the pending restart is ours: our label contains its exact time.
    package var hasOwnRestart: Bool {
        guard hasUnfinishedRestart, let restartAt, let label = metadata.labels?[Marks.restartedAt] else { return false }
        return label == String(restartAt.secondsSince1970)
    }

    /// Whether a pending restart of ours has had no effect for `seconds`: neither the status nor a ReplicaSet was
    /// written since. False if a ReplicaSet has no write time. Writes to the spec do not count, because an autoscaler
    /// may make them continuously.
    package func hasStalledRestart(_ evidence: Evidence, after limit: Duration, now: Timestamp) -> Bool {
        let times = evidence.ownedReplicaSets(of: self).map(\.written)
        guard hasOwnRestart, let restartAt, !times.contains(.unknown),
            let written = times.compactMap(\.moment).max()
        else { return false }
        return now - max(restartAt, written, statusWritten.moment ?? written) >= limit
    }
}

extension Evidence {
    /// The resourceVersions of the ReplicaSets of `rollout`, by uid; if unchanged, no pod was created or deleted.
    package func versions(of rollout: Rollout) -> [String: String] {
        Dictionary(
            ownedReplicaSets(of: rollout).map { ($0.metadata.uid ?? "", $0.metadata.resourceVersion ?? "") }
        ) { $1 }
    }

    /// Whether no ReplicaSet of `rollout` was written at `moment` or later, so no pod was created or deleted; false if
    /// one has no write time.
    package func isUnchanged(of rollout: Rollout, since moment: Timestamp) -> Bool {
        ownedReplicaSets(of: rollout).allSatisfy { $0.written.moment.map { $0 < moment } ?? false }
    }
}

/// Progress of a followed restart, for `watch` and the command line.
package enum RestartProgress {
    /// The limit in multiples of `--timeout`: a Rollout that changes continuously is not followed for ever.
    package static let mostTimes = 12
}

extension Rollout.Status {
    /// Whether more than the observed generation has changed, that is, pods were replaced.
    package func hasProgressed(since before: Rollout.Status) -> Bool {
        var before = before
        before.observedGeneration = observedGeneration
        return self != before
    }
}
