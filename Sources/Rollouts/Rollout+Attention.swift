package import Formats

/// How to treat objects without write times.
package enum AbsentTimes: Sendable {
    /// Objects from a cluster may have been written just now.
    case young
    /// Objects from a file are not being written.
    case old
}

/// When a Rollout requires evidence, and when the evidence is conclusive.
extension Rollout {
    /// Seconds that the live objects must be unchanged before one read proves a stale view: during scaling every view
    /// is briefly wrong.
    package static let longEnough = Duration.seconds(15)

    /// Whether the diagnosis depends on the ReplicaSets; for other Rollouts they are not read.
    package var needsLook: Bool {
        switch health.phase {
        case Health.degraded, Health.progressing: true
        case Health.healthy, Health.paused:
            isFullyStable && status.updatedReplicas ?? 0 != desiredReplicas
        default: false
        }
    }

    /// Whether the live objects have been unchanged for ``longEnough``.
    package func isLongEnough(_ evidence: Evidence, now: Timestamp, _ absentTimes: AbsentTimes) -> Bool {
        switch evidence.lastWritten(self) {
        case .at(let written): now - written >= Self.longEnough
        case .unknown: absentTimes == .old
        }
    }

    /// Whether a restart was requested more than 10 minutes ago and is unfinished.
    package func isPendingForLong(_ now: Timestamp) -> Bool {
        hasUnfinishedRestart && restartAt.map { now - $0 > .seconds(600) } ?? false
    }

    /// Whether a requested restart is unfinished and the generation not yet observed.
    ///
    /// The stored status still contains the timeout, so the Rollout is worth showing, but it is not restarted again.
    package var awaitsObservedRestart: Bool {
        !isGenerationObserved && hasUnfinishedRestart && (storedHealth?.matches ?? false)
    }

    /// Whether the base rule matches, or matched until a restart that is not observed yet.
    package var matchesRule: Bool { health.matches || awaitsObservedRestart }

    /// Whether the Rollout may need attention; false is definite.
    package var mayNeedAttention: Bool { matchesRule || needsLook || hasEmptyStatus }

    /// Whether the Rollout needs attention with this diagnosis, and `list` shows it without `--all`.
    package func needsAttention(_ diagnosis: Diagnosis?) -> Bool {
        matchesRule || diagnosis?.isControllersView ?? false
    }

    /// Whether the controller never scaled `current` to the wanted replicas.
    package func isUnscaled(_ current: ReplicaSet) -> Bool {
        isFullyStable && current.spec.replicas ?? 1 != wantedReplicas
    }
}
