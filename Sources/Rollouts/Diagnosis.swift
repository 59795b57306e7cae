package import Formats

/// The diagnosis of a Rollout.
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

    /// The condition for the diagnosis, for documents.
    package var condition: String {
        switch self {
        case .deleting: "it is being deleted"
        case .invalidSpec: "a condition says InvalidSpec"
        case .unreconciled:
            "`status` is wrong, and a refresh at least a minute ago did not help; or there is no status a minute after creation"
        case .stale:
            "`status` and the live objects differ, and neither has changed for a while: the controller works from a stale cache"
        case .aborted: "the update was aborted: `status.abort`, or reason RolloutAborted"
        case .restartScheduled: "`spec.restartAt` is in the future"
        case .restartPending:
            "`spec.restartAt` is past and not equal to `status.restartedAt`: requested, not carried out"
        case .paused: "`spec.paused`, or pause conditions"
        case .scaledToZero: "`spec.replicas` is 0, or less"
        case .unsettled: "`status` and the live objects differ, but something changed just now"
        case .updating: "an update is in flight"
        case .unproven: "reading ReplicaSets is forbidden, or there is no current one"
        case .unscaled: "the current ReplicaSet was never scaled to `spec.replicas`, though no update is in flight"
        case .unavailable: "the current ReplicaSet has fewer available pods than `spec.replicas`"
        case .oldPods: "canary: pods of another of its ReplicaSets still run"
        case .stuck: "it timed out, `status` is right, and all pods are there: the cause is unknown"
        }
    }

    /// What ends the diagnosed state.
    package enum Concern: Sendable {
        /// A refresh: only the controller's view is wrong.
        case controllersView
        /// A refresh, then a restart: the cause is unknown.
        case unexplained
        /// A person's action.
        case needsPerson
        /// Time.
        case passing
        /// Nothing: the state is intended.
        case intended
    }

    package var concern: Concern {
        switch self {
        case .stale, .unscaled, .unreconciled: .controllersView
        case .stuck: .unexplained
        case .unavailable, .invalidSpec, .aborted, .oldPods, .unproven: .needsPerson
        case .restartScheduled, .restartPending, .updating, .unsettled: .passing
        case .paused, .scaledToZero, .deleting: .intended
        }
    }

    /// Whether only the controller's view is wrong, which a refresh heals.
    package var isControllersView: Bool { concern == .controllersView }

    /// Its group on the page of `watch`.
    package var group: Group {
        switch self {
        case .unavailable: .broken
        case .stale, .unscaled, .unreconciled, .stuck: .fixable
        case .restartScheduled, .restartPending, .paused, .unsettled, .updating: .waiting
        case .deleting, .invalidSpec, .aborted, .scaledToZero, .unproven, .oldPods: .other
        }
    }

    /// The diagnosis as displayed: `stuck (attempts)`.
    package func word(heldBy gate: Gate?) -> String {
        rawValue + (gate.map { " (\($0.rawValue))" } ?? "")
    }

    package static func < (left: Diagnosis, right: Diagnosis) -> Bool {
        left.rawValue < right.rawValue
    }
}

extension Rollout {
    /// Explains `diagnosis` in one sentence with the numbers it is based on.
    package func explanation(of diagnosis: Diagnosis, _ evidence: Evidence, now: Timestamp) -> String {
        switch diagnosis {
        case .deleting: "it is being deleted"
        case .unreconciled: unreconciledExplanation(evidence, now: now)
        case .stale: "the controller works from a stale cache: \(difference(evidence))"
        case .unscaled:
            "the current ReplicaSet has spec.replicas \(evidence.current(of: self)?.spec.replicas ?? 1), not \(wantedReplicas)"
        case .invalidSpec:
            "the spec is invalid: \(condition(Health.invalidSpec)?.message ?? "no reason given")"
        case .aborted: "the update was aborted; retry or undo it"
        case .restartScheduled: "a restart is scheduled for \(spec.restartAt ?? "later")"
        case .restartPending: pendingExplanation(evidence, now: now)
        case .paused: "the Rollout is paused"
        case .scaledToZero: "spec.replicas is 0"
        case .updating: "an update from \(status.stableRS ?? "?") to \(podHash ?? "?") is in flight"
        case .unproven:
            switch evidence {
            case .forbidden: "reading ReplicaSets is forbidden"
            case .notGiven: "there are no ReplicaSets to compare with"
            case .live: "no current ReplicaSet exists"
            }
        case .unsettled:
            !failingEquations(evidence).isEmpty
                ? "something changed just now: \(difference(evidence))"
                : "a ReplicaSet is being scaled"
        case .unavailable: "only \(availability(evidence)) pods are available; fix the pods"
        case .oldPods: "pods of an older ReplicaSet still run; the time-out would recur"
        case .stuck:
            "\(availability(evidence)) pods are available and status is right; the cause of the time-out is unknown"
        }
    }
}

extension Rollout {
    /// Returns the first diagnosis that applies; nil if none does.
    ///
    /// - Parameters:
    ///   - evidence: all ReplicaSets of the Rollout if it ``needsLook``.
    ///   - now: the API server's time.
    package func diagnosis(
        _ evidence: Evidence, now: Timestamp, absentTimes: AbsentTimes = .young
    ) -> Diagnosis? {
        if isBeingDeleted { return .deleting }
        if condition(Health.invalidSpec) != nil, isGenerationObserved { return .invalidSpec }
        let isLagging = evidence.ownedReplicaSets(of: self).contains { !$0.isObserved }
        let isWrong = !failingEquations(evidence).isEmpty
        if hasEmptyStatus {
            return creationTime.map { now - $0 >= RefreshMark.patience } ?? false ? .unreconciled : nil
        }
        if isWrong, !isLagging {
            if let mark = standingMark(evidence, now: now), now - mark.time >= RefreshMark.patience {
                return .unreconciled
            }
            if isLongEnough(evidence, now: now, absentTimes) { return .stale }
        }
        return diagnosisFromRollout(now: now)
            ?? (isLagging || isWrong ? .unsettled : nil)
            ?? (isUpdating ? .updating : nil)
            ?? diagnosis(from: evidence, now: now, absentTimes)
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

    /// Whether an update is in flight: hashes differ, services select the old ReplicaSet, or steps are left.
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
}
