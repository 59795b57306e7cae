/// The documented exit statuses.
enum ExitStatus: Int32, Sendable {
    /// Done, or nothing to do.
    case success = 0
    /// Failed; a retry may help.
    case failed = 1
    case usage = 2
    /// Unauthorized or forbidden.
    case denied = 3
    /// The last step did not help in time.
    case notRecovered = 4
    /// A gate holds back a named Rollout.
    case refused = 5
    /// `list --exit-code` found Rollouts.
    case found = 10
    case interrupted = 130
    case terminated = 143

    /// Combines two outcomes of one run; the first in the order below wins.
    func combined(with other: ExitStatus) -> ExitStatus {
        let order: [ExitStatus] = [
            .interrupted, .terminated, .usage, .failed, .denied, .notRecovered, .refused, .found, .success,
        ]
        return order.first { $0 == self || $0 == other } ?? self
    }
}
