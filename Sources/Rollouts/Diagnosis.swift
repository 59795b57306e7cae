/// Why a Rollout that matches the base rule is as it is: always one of these words.
package enum Diagnosis: String, Sendable, CaseIterable, Comparable {
    case invalidSpec = "invalid-spec"
    case aborted
    case restartScheduled = "restart-scheduled"
    case restartPending = "restart-pending"
    case paused
    case scaledToZero = "scaled-to-zero"
    case updating
    case unproven
    case unsettled
    case unavailable
    case oldPods = "old-pods"
    case stuck

    /// When it is this one, in words: for documents.
    package var condition: String {
        switch self {
        case .invalidSpec: "a condition says InvalidSpec"
        case .aborted: "the update was aborted: `status.abort`, or reason RolloutAborted"
        case .restartScheduled: "`spec.restartAt` is in the future"
        case .restartPending:
            "`spec.restartAt` is past and not equal to `status.restartedAt`: asked for, not carried out"
        case .paused: "`spec.paused`, or pause conditions"
        case .scaledToZero: "`spec.replicas` is 0, or less"
        case .updating: "`status.stableRS` is not `status.currentPodHash`: an update is in flight"
        case .unproven: "ReplicaSets may not be read, or there is no current one"
        case .unsettled:
            "the current ReplicaSet is being scaled: its controller has not seen its generation, in three looks 2 s apart"
        case .unavailable: "the current ReplicaSet has fewer available pods than `spec.replicas`"
        case .oldPods: "canary: pods of another of its ReplicaSets still run"
        case .stuck: "the current ReplicaSet has all pods available: the time-out is stale"
        }
    }

    package static func < (left: Diagnosis, right: Diagnosis) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Rollout {
    /// The diagnosis, nil when the base rule does not match; first match wins.
    ///
    /// - Parameter now: the API server's time.
    package func diagnosis(_ evidence: Evidence, now: Timestamp) -> Diagnosis? {
        diagnosisFromRollout(now: now) ?? (health.matches ? diagnosis(from: evidence) : nil)
    }

    /// Whether ReplicaSets have to be read to know the diagnosis, or why a restart is pending for so long.
    package func needsEvidence(now: Timestamp) -> Bool {
        switch diagnosisFromRollout(now: now) {
        case nil: health.matches
        case .restartPending: isPendingForLong(now)
        default: false
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

    /// Matches the rule, or did until the restart that nobody has observed yet.
    package var isShown: Bool { health.matches || awaitsObservedRestart }

    private func diagnosisFromRollout(now: Timestamp) -> Diagnosis? {
        if awaitsObservedRestart { return isRestartInFuture(now) ? .restartScheduled : .restartPending }
        guard health.matches else { return nil }
        if condition(Health.invalidSpec) != nil { return .invalidSpec }
        let isAborted = status.conditions?.contains { $0.type == "Progressing" && $0.reason == Health.aborted }
        if status.abort == true || isAborted == true { return .aborted }
        if isRestartInFuture(now) { return .restartScheduled }
        if hasUnfinishedRestart { return .restartPending }
        if spec.paused == true || !(status.pauseConditions?.isEmpty ?? true) { return .paused }
        if desiredReplicas <= 0 { return .scaledToZero }
        if let stable = status.stableRS, !stable.isEmpty, let current = podHash, stable != current { return .updating }
        return nil
    }

    private func isRestartInFuture(_ now: Timestamp) -> Bool {
        restartAt.map { $0 > now } ?? false
    }

    private func diagnosis(from evidence: Evidence) -> Diagnosis {
        guard let current = evidence.current(of: self) else { return .unproven }
        if !current.isObserved { return .unsettled }
        if current.status.availableReplicas ?? 0 < desiredReplicas { return .unavailable }
        if strategy == .canary, evidence.hasOldPods(of: self) { return .oldPods }
        return .stuck
    }
}
