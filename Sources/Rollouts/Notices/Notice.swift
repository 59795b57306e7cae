package import Formats

/// One thing about one Rollout that a person is told outside the cluster.
package struct Notice: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        /// A diagnosis that needs a step or a person, and has stayed for a while.
        case found = "FOUND"
        case recovered = "RECOVERED"
        /// The allowed restarts did not help.
        case gaveUp = "GAVE_UP"
        /// `status` stays wrong, though the Rollout was refreshed.
        case unreconciled = "UNRECONCILED"
    }

    package var kind: Kind
    package var id: RolloutID
    package var diagnosis: Diagnosis?
    /// Start of the trouble, by the times on the object; nil if unknown, and once it has recovered.
    package var since: Timestamp?
    /// One sentence.
    package var message: String
    /// Nil if the Rollout healed by itself or has not healed.
    package var recovery: Change.Recovery?

    package init(
        _ kind: Kind, _ id: RolloutID, diagnosis: Diagnosis? = nil, since: Timestamp? = nil, message: String,
        recovery: Change.Recovery? = nil
    ) {
        self.kind = kind
        self.id = id
        self.diagnosis = diagnosis
        self.since = since
        self.message = message
        self.recovery = recovery
    }

    /// What a command did, if it is worth a notice: a step that healed, was given up, or did not help.
    package init?(_ change: Change) {
        guard let id = change.id else { return nil }
        switch change.kind {
        case .recovered where change.recovery != nil:
            self.init(
                .recovered, id, diagnosis: change.diagnosis, message: change.message, recovery: change.recovery)
        case .gaveUp: self.init(.gaveUp, id, diagnosis: change.diagnosis, message: change.message)
        case .error where change.failure == .refreshInVain:
            self.init(.unreconciled, id, diagnosis: change.diagnosis, message: change.message)
        default: return nil
        }
    }
}
