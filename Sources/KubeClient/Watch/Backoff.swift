/// Growing, jittered delays between tries (client-go reflector: 800 ms, doubled up to 30 s, jitter 1.0, forgotten after 2 min).
package struct Backoff: Sendable, Equatable {
    package var first = Duration.milliseconds(800)
    package var longest = Duration.seconds(30)
    /// A delay is uniform between its length and (1 + jitter) times that.
    package var jitter = 1.0
    /// Without a delay for this long, the next one is the first again.
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
