package import Formats

/// The values that must be the same in two evidence reads before a restart.
///
/// The generation is not among them: autoscalers change it continually.
package struct Settle: Sendable, Equatable {
    /// Slow pods often become Healthy within this time.
    package static let defaultDuration = Duration.seconds(60)

    package var diagnosis: Diagnosis
    package var podHash: String?
    package var since: Timestamp?

    package init(_ diagnosis: Diagnosis, of rollout: Rollout) {
        self.diagnosis = diagnosis
        podHash = rollout.podHash
        since = rollout.since
    }

    /// Whether the time-out began less than `duration` ago; false if its time is unknown.
    package func isYounger(than duration: Duration, now: Timestamp) -> Bool {
        since.map { now - $0 < duration } ?? false
    }
}
