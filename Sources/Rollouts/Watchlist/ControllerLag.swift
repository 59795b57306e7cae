/// Detects that many views turned stale at once because the controller is late, for example after a leader change.
struct ControllerLag: Sendable, Equatable {
    /// Minimum number of newly stale views that counts as lag.
    static let minimum = 5
    /// Percentage of all Rollouts in view that must be exceeded.
    static let percent = 20
    /// Maximum age of a newly stale view and of its last write, not counting the time between two evidence reads; also
    /// the time without lag after which the lag is over.
    static let window = Duration.seconds(60)
    /// Minimum time that a view must have failed; a shorter failure may be scaling.
    static let shortest = Duration.seconds(15)

    private(set) var isLagging = false
    private var last = Duration.zero
    private var countedAt: Duration?

    /// Whether to count now; at most once a second.
    mutating func isDue(at uptime: Duration) -> Bool {
        if let countedAt, uptime - countedAt < .seconds(1) { return false }
        countedAt = uptime
        return true
    }

    /// Updates the state with the number of newly stale views; returns whether lag begins or ends.
    mutating func update(_ count: Int, of watched: Int, at uptime: Duration) -> Bool {
        if count >= Self.minimum, count * 100 > Self.percent * watched {
            last = uptime
            defer { isLagging = true }
            return !isLagging
        }
        guard isLagging, uptime - last >= Self.window else { return false }
        isLagging = false
        return true
    }

    /// Uptime of the next count; nil while the controller keeps up.
    var nextCount: Duration? { isLagging ? (countedAt ?? .zero) + .seconds(1) : nil }

    /// Uptime at which the lag ends if no further count exceeds the limits.
    var end: Duration { last + Self.window }
}
