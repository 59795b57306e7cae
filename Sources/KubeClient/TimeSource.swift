/// Time and randomness, passed in: tests run hours in milliseconds, deterministically.
package struct TimeSource: Sendable {
    /// Seconds since 1970-01-01T00:00:00Z on the local clock, which may be wrong.
    package var wallClock: @Sendable () -> Int64
    /// Monotonic time since an arbitrary start.
    package var uptime: @Sendable () -> Duration
    /// Suspends for a duration; throws if the task is cancelled.
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
