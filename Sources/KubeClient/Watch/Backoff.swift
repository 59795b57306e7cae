/// Jittered exponential backoff (client-go reflector: 800 ms doubled up to 30 s, jitter 1.0, reset after 2 min).
package struct Backoff: Sendable, Equatable {
    package var first = Duration.milliseconds(800)
    package var longest = Duration.seconds(30)
    /// A delay is drawn uniformly between its base and (1 + jitter) times its base.
    package var jitter = 1.0
    /// The time without a delay after which the backoff restarts.
    package var forgottenAfter = Duration.seconds(120)

    private var current: Duration?
    private var last = Duration.zero

    package init() {}

    /// - Parameters:
    ///   - uptime: now.
    ///   - random: uniform in 0..<1.
    package mutating func next(at uptime: Duration, random: Double) -> Duration {
        if let current, uptime - last < forgottenAfter {
            self.current = min(current * 2, longest)
        } else {
            current = first
        }
        let delay = (current ?? first) * (1 + jitter * random)
        last = uptime + delay
        return delay
    }
}
