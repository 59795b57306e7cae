/// The statuses that scripts and Jobs may rely on.
enum ExitStatus: Int32, Sendable {
    /// Done, or nothing to do.
    case success = 0
    /// A retry may help.
    case failed = 1
    case usage = 2
    /// Unauthorized or forbidden.
    case denied = 3
    /// The last step that was begun did not help in time.
    case notRecovered = 4
    /// A gate holds back a Rollout that was named.
    case refused = 5
    /// `list --exit-code` found something.
    case found = 10
    case interrupted = 130
    case terminated = 143

    /// Which of two outcomes of one run counts: failed before denied before not recovered before refused before success.
    func combined(with other: ExitStatus) -> ExitStatus {
        let order: [ExitStatus] = [
            .interrupted, .terminated, .usage, .failed, .denied, .notRecovered, .refused, .found, .success,
        ]
        return order.first { $0 == self || $0 == other } ?? self
    }
}
