/// Something that happened to a Rollout in view; told once.
package struct Change: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// In trouble, or in another trouble than before.
        case found = "FOUND"
        case restarted = "RESTARTED"
        /// A restart is held back; once for each cause.
        case skipped = "SKIPPED"
        /// Healthy again.
        case recovered = "RECOVERED"
        /// As many restarts in vain as are allowed.
        case gaveUp = "GAVE_UP"
        case deleted = "DELETED"
        /// Something did not work: a request, or a restart that did not help.
        case error = "ERROR"
    }

    package var kind: Kind
    /// Nil when it is about no Rollout in particular.
    package var id: RolloutID?
    package var uid: String?
    package var diagnosis: Diagnosis?
    /// What holds a restart back, in one word.
    package var gate: String?
    /// One sentence.
    package var message: String
    /// The number of the restart in question, for its pod template.
    package var attempt: Int?
    /// From the restart to Healthy.
    package var seconds: Int64?
    /// The restart in question did not help in time.
    package var isInVain = false
    /// The restart could not be asked for.
    package var isFailedWrite = false

    package init(
        _ kind: Kind, _ id: RolloutID? = nil, uid: String? = nil, diagnosis: Diagnosis? = nil, gate: String? = nil,
        message: String, attempt: Int? = nil, seconds: Int64? = nil, isInVain: Bool = false
    ) {
        self.kind = kind
        self.id = id
        self.uid = uid
        self.diagnosis = diagnosis
        self.gate = gate
        self.message = message
        self.attempt = attempt
        self.seconds = seconds
        self.isInVain = isInVain
    }
}
