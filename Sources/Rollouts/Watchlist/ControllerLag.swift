/// So many views gone stale at once that the controller is merely late: after a change of its leader, say.
struct ControllerLag: Sendable, Equatable {
    /// Fewer never are.
    static let minimum = 5
    /// Of all Rollouts in view; so many are none yet.
    static let percent = 20
    /// A view is new while its youngest write is less than this ago, and the wait between two looks besides; so long, too,
    /// it has to be calm.
    static let window = Duration.seconds(60)
    /// A view that fails for less may be a scaling.
    static let shortest = Duration.seconds(15)

    private(set) var isLagging = false
    private var last = Duration.zero
    private var countedAt: Duration?

    /// Whether to count now: once a second does.
    mutating func isDue(at uptime: Duration) -> Bool {
        if let countedAt, uptime - countedAt < .seconds(1) { return false }
        countedAt = uptime
        return true
    }

    /// Gives whether it begins or ends with this count of new stale views.
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

    /// Uptime at which to count again; nil while the controller keeps up.
    var nextCount: Duration? { isLagging ? (countedAt ?? .zero) + .seconds(1) : nil }

    /// Uptime at which it is over, if it stays calm.
    var end: Duration { last + Self.window }
}
