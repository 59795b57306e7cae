package import Formats

/// What is the matter with a Rollout, in one word.
package enum Diagnosis: String, Sendable, CaseIterable, Comparable {
    case deleting
    case invalidSpec = "invalid-spec"
    case unreconciled
    case stale
    case aborted
    case restartScheduled = "restart-scheduled"
    case restartPending = "restart-pending"
    case paused
    case scaledToZero = "scaled-to-zero"
    case unsettled
    case updating
    case unproven
    case unscaled
    case unavailable
    case oldPods = "old-pods"
    case stuck

    /// When it is this one, in words: for documents.
    package var condition: String {
        switch self {
        case .deleting: "it is being deleted"
        case .invalidSpec: "a condition says InvalidSpec"
        case .unreconciled:
            "what `status` says is wrong, and a refresh a minute ago or longer did not help; or there is no status a minute after creation"
        case .stale:
            "`status` and the live objects differ, and neither has changed for a while: the controller sees an old world"
        case .aborted: "the update was aborted: `status.abort`, or reason RolloutAborted"
        case .restartScheduled: "`spec.restartAt` is in the future"
        case .restartPending:
            "`spec.restartAt` is past and not equal to `status.restartedAt`: asked for, not carried out"
        case .paused: "`spec.paused`, or pause conditions"
        case .scaledToZero: "`spec.replicas` is 0, or less"
        case .unsettled: "`status` and the live objects differ, but something changed just now"
        case .updating: "an update is in flight"
        case .unproven: "ReplicaSets may not be read, or there is no current one"
        case .unscaled: "the current ReplicaSet was never scaled to `spec.replicas`, though no update is in flight"
        case .unavailable: "the current ReplicaSet has fewer available pods than `spec.replicas`"
        case .oldPods: "canary: pods of another of its ReplicaSets still run"
        case .stuck: "it timed out, `status` is right, and all pods are there: the cause is not known"
        }
    }

    /// Wrong in the controller alone: what a refresh heals.
    package var isControllersView: Bool {
        switch self {
        case .stale, .unscaled, .unreconciled: true
        default: false
        }
    }

    package static func < (left: Diagnosis, right: Diagnosis) -> Bool {
        left.rawValue < right.rawValue
    }
}

/// What objects that name no time of their last write count as.
package enum AbsentTimes: Sendable {
    /// From a cluster: they may have been written just now.
    case young
    /// From a file, which nobody writes to.
    case old
}

extension Rollout {
    /// Seconds that the live objects must have been as they are before one look proves a stale view: a scaling makes every
    /// view wrong for a moment.
    package static let longEnough: Int64 = 15

    /// The diagnosis, first match wins; nil where nothing is the matter.
    ///
    /// - Parameters:
    ///   - evidence: all ReplicaSets of the Rollout where it ``needsLook``.
    ///   - now: the API server's time.
    package func diagnosis(
        _ evidence: Evidence, now: Timestamp, absentTimes: AbsentTimes = .young
    ) -> Diagnosis? {
        if isBeingDeleted { return .deleting }
        if condition(Health.invalidSpec) != nil, isGenerationObserved { return .invalidSpec }
        let isLagging = evidence.ownedReplicaSets(of: self).contains { !$0.isObserved }
        let isWrong = !failingEquations(evidence).isEmpty
        if hasEmptyStatus {
            return creationTime.map { now.seconds(since: $0) >= RefreshMark.patience } ?? false ? .unreconciled : nil
        }
        if isWrong, !isLagging {
            if let mark = standingMark(evidence), now.seconds(since: mark.time) >= RefreshMark.patience {
                return .unreconciled
            }
            if isLongEnough(evidence, now: now, absentTimes) { return .stale }
        }
        return diagnosisFromRollout(now: now)
            ?? (isLagging || isWrong ? .unsettled : nil)
            ?? (isUpdating ? .updating : nil)
            ?? diagnosis(from: evidence, now: now, absentTimes)
    }

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

    private func diagnosisFromRollout(now: Timestamp) -> Diagnosis? {
        let isAborted = status.conditions?.contains { $0.type == "Progressing" && $0.reason == Health.aborted }
        if status.abort == true || isAborted == true { return .aborted }
        if restartAt.map({ $0 > now }) ?? false { return .restartScheduled }
        if hasUnfinishedRestart { return .restartPending }
        if spec.paused == true || !(status.pauseConditions?.isEmpty ?? true) { return .paused }
        if desiredReplicas <= 0 { return .scaledToZero }
        return nil
    }

    /// An update is in flight: of hashes that are both set, of services that still select the old, of steps that are left.
    private var isUpdating: Bool {
        guard let current = podHash else { return false }
        func differs(_ hash: String?) -> Bool { hash.map { !$0.isEmpty && $0 != current } ?? false }
        if differs(status.stableRS) { return true }
        if let blueGreen = spec.strategy?.blueGreen {
            return differs(status.blueGreen?.activeSelector)
                || (!(blueGreen.previewService ?? "").isEmpty && differs(status.blueGreen?.previewSelector))
        }
        guard let steps = spec.strategy?.canary?.steps, let step = status.currentStepIndex else { return false }
        return step < steps.count
    }

    private func diagnosis(from evidence: Evidence, now: Timestamp, _ absentTimes: AbsentTimes) -> Diagnosis? {
        let isDegraded = health.phase == Health.degraded
        guard let current = evidence.current(of: self) else { return isDegraded ? .unproven : nil }
        if isUnscaled(current), isLongEnough(evidence, now: now, absentTimes) { return .unscaled }
        guard isDegraded else { return nil }
        if current.status.availableReplicas ?? 0 < desiredReplicas { return .unavailable }
        if strategy == .canary, evidence.hasOldPods(of: self) { return .oldPods }
        return health.matches ? .stuck : nil
    }

    /// The controller never scaled `current`, too few or too many.
    package func isUnscaled(_ current: ReplicaSet) -> Bool {
        isFullyStable && current.spec.replicas ?? 1 != wantedReplicas
    }
}
