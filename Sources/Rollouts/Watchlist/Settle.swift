package import Formats

/// What must be the same in two looks before a time-out counts as lasting.
///
/// Not the generation: autoscalers raise it all the time.
package struct Settle: Sendable, Equatable {
    /// Seconds; a passing time-out is normal, slow pods turn Healthy by themselves.
    package static let defaultDuration = Duration.seconds(60)

    package var diagnosis: Diagnosis
    package var podHash: String?
    package var since: Timestamp?

    package init(_ diagnosis: Diagnosis, of rollout: Rollout) {
        self.diagnosis = diagnosis
        podHash = rollout.podHash
        since = rollout.since
    }

    /// Whether the time-out began less than `seconds` ago; one without a date is old.
    package func isYounger(than duration: Duration, now: Timestamp) -> Bool {
        since.map { now - $0 < duration } ?? false
    }
}
