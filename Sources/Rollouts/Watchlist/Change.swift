/// An event of a Rollout in view, or of all of them; reported once.
package struct Change: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A new diagnosis; also the end of a storm, of a lag, or of a closed breaker.
        case found = "FOUND"
        /// A refresh was written.
        case refreshed = "REFRESHED"
        case restarted = "RESTARTED"
        /// A restart that showed no progress was taken back.
        case cancelled = "CANCELLED"
        /// A restart or refresh is held back; once for each cause.
        case skipped = "SKIPPED"
        /// The Rollout is Healthy again, or its `status` is right again.
        case recovered = "RECOVERED"
        /// The maximum number of restarts has been reached without help.
        case gaveUp = "GAVE_UP"
        case deleted = "DELETED"
        /// A failed request, or a restart that did not help; also a storm or lag that begins, or a closed breaker.
        case error = "ERROR"

        /// Whether it reports a write of this process.
        package var isWrite: Bool { [.refreshed, .restarted, .cancelled].contains(self) }
    }

    /// The step that healed the Rollout.
    package enum Remedy: String, Sendable, CaseIterable {
        case refresh, restart
    }

    /// A Rollout became Healthy through a refresh or restart.
    package struct Recovery: Sendable, Equatable {
        package var by: Remedy
        /// From the restart or refresh to Healthy.
        package var duration: Duration
        /// Number of evicted pods; nil if unknown.
        package var evicted: Int64?
        /// Whether it healed before the progress deadline, so that it was never Degraded.
        package var isEarly: Bool

        package init(by remedy: Remedy, duration: Duration, evicted: Int64?, isEarly: Bool = false) {
            by = remedy
            self.duration = duration
            self.evicted = evicted
            self.isEarly = isEarly
        }
    }

    /// An error that is counted in the metrics.
    package enum Failure: Sendable, Equatable {
        /// A restart did not help in time.
        case restartInVain
        /// `status` is still wrong after a refresh; `watch` finds it `unreconciled` instead.
        case refreshInVain
        case restartNotWritten, refreshNotWritten
    }

    package var kind: Kind
    /// Nil if the change concerns no single Rollout.
    package var id: RolloutID?
    package var uid: String?
    package var diagnosis: Diagnosis?
    /// The gate that holds a step back.
    package var gate: Gate?
    /// The step that would help; nil unless a diagnosis is found.
    package var action: Action?
    /// One sentence.
    package var message: String
    /// Number of the restart, counted for its pod template.
    package var attempt: Int?
    /// Nil if the Rollout healed by itself or has not healed.
    package var recovery: Recovery?
    package var failure: Failure?
    /// Whether the Rollout was Degraded at the time.
    package var isDegraded = false

    package init(
        _ kind: Kind, _ id: RolloutID? = nil, uid: String? = nil, diagnosis: Diagnosis? = nil, gate: Gate? = nil,
        message: String, attempt: Int? = nil, recovery: Recovery? = nil, failure: Failure? = nil
    ) {
        self.kind = kind
        self.id = id
        self.uid = uid
        self.diagnosis = diagnosis
        self.gate = gate
        self.message = message
        self.attempt = attempt
        self.recovery = recovery
        self.failure = failure
    }
}
