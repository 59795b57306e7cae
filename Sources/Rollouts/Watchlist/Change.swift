/// Something that happened to a Rollout in view; told once.
package struct Change: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// In trouble, or in another trouble than before.
        case found = "FOUND"
        /// The controller is made to look again.
        case refreshed = "REFRESHED"
        case restarted = "RESTARTED"
        /// A restart of which nothing came was taken back.
        case cancelled = "CANCELLED"
        /// A restart or a refresh is held back; once for each cause.
        case skipped = "SKIPPED"
        /// Healthy again.
        case recovered = "RECOVERED"
        /// As many restarts in vain as are allowed.
        case gaveUp = "GAVE_UP"
        case deleted = "DELETED"
        /// Something did not work: a request, or a restart that did not help.
        case error = "ERROR"
    }

    /// What healed.
    package enum Remedy: String, Sendable, CaseIterable {
        case refresh, restart
    }

    /// A Rollout became Healthy by what we did.
    package struct Recovery: Sendable, Equatable {
        package var by: Remedy
        /// From the restart or the refresh to Healthy.
        package var duration: Duration
        /// Pods that it took; nil where nobody knows.
        package var evicted: Int64?

        package init(by remedy: Remedy, duration: Duration, evicted: Int64?) {
            by = remedy
            self.duration = duration
            self.evicted = evicted
        }
    }

    /// Errors that are counted.
    package enum Failure: Sendable, Equatable {
        /// A restart did not help in time.
        case restartInVain
        case restartNotWritten, refreshNotWritten
    }

    package var kind: Kind
    /// Nil when it is about no Rollout in particular.
    package var id: RolloutID?
    package var uid: String?
    package var diagnosis: Diagnosis?
    /// What holds a step back.
    package var gate: Gate?
    /// One sentence.
    package var message: String
    /// The number of the restart in question, for its pod template.
    package var attempt: Int?
    /// Nil when it healed by itself, or nothing has.
    package var recovery: Recovery?
    package var failure: Failure?

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
