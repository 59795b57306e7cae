/// Time and chance, passed in: tests turn hours in milliseconds, and the same way each time.
package struct TimeSource: Sendable {
    /// Seconds since 1970-01-01T00:00:00Z by the local clock, which may be wrong.
    package var wallClock: @Sendable () -> Int64
    /// Time since some moment in the past, never set back.
    package var uptime: @Sendable () -> Duration
    package var sleep: @Sendable (Duration) async throws(CancellationError) -> Void
    /// Uniform in 0..<1.
    package var random: @Sendable () -> Double

    package init(
        wallClock: @escaping @Sendable () -> Int64, uptime: @escaping @Sendable () -> Duration,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void,
        random: @escaping @Sendable () -> Double
    ) {
        self.wallClock = wallClock
        self.uptime = uptime
        self.sleep = sleep
        self.random = random
    }
}
