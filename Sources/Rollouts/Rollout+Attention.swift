package import Formats

/// What objects that name no time of their last write count as.
package enum AbsentTimes: Sendable {
    /// From a cluster: they may have been written just now.
    case young
    /// From a file, which nobody writes to.
    case old
}

/// When there is anything to ask about a Rollout, and when its answer counts.
extension Rollout {
    /// Seconds that the live objects must have been as they are before one look proves a stale view: a scaling makes every
    /// view wrong for a moment.
    package static let longEnough: Int64 = 15

    /// Whether the ReplicaSets decide the diagnosis; all others cost no read.
    package var needsLook: Bool {
        switch health.phase {
        case Health.degraded, Health.progressing: true
        case Health.healthy, Health.paused:
            isFullyStable && status.updatedReplicas ?? 0 != desiredReplicas
        default: false
        }
    }

    /// Whether the live objects have been as they are for ``longEnough``.
    package func isLongEnough(_ evidence: Evidence, now: Timestamp, _ absentTimes: AbsentTimes) -> Bool {
        switch evidence.lastWritten(self) {
        case .at(let written): now.seconds(since: written) >= Self.longEnough
        case .unknown: absentTimes == .old
        }
    }

    /// A restart that was asked for more than 10 minutes ago and is not carried out.
    package func isPendingForLong(_ now: Timestamp) -> Bool {
        hasUnfinishedRestart && restartAt.map { now.seconds(since: $0) > 600 } ?? false
    }

    /// A generation that is not observed yet and an unfinished restart: a second look right after the restart was asked for.
    ///
    /// The time-out still stands in the stored status, which makes it worth showing; it is never restarted.
    package var awaitsObservedRestart: Bool {
        !isGenerationObserved && hasUnfinishedRestart && (storedHealth?.matches ?? false)
    }

    /// Matches the base rule, or did until the restart that nobody has observed yet.
    package var matchesRule: Bool { health.matches || awaitsObservedRestart }

    /// Whether anything may be the matter that is shown without being asked for; false is certain.
    package var mayNeedAttention: Bool { matchesRule || needsLook || hasEmptyStatus }

    /// Whether it is shown without being asked for, with this diagnosis.
    package func needsAttention(_ diagnosis: Diagnosis?) -> Bool {
        matchesRule || diagnosis?.isControllersView ?? false
    }

    /// The controller never scaled `current`, too few or too many.
    package func isUnscaled(_ current: ReplicaSet) -> Bool {
        isFullyStable && current.spec.replicas ?? 1 != wantedReplicas
    }
}
