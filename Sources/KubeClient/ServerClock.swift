internal import Formats
internal import Synchronization

/// The API server's time: its last `Date` header, carried on by our own uptime.
///
/// Pods younger than the difference between two clocks would count as new, so moments that are compared with or
/// written to the cluster come from here. Until the first answer it is the local clock.
package final class ServerClock: Sendable {
    private let time: TimeSource
    private let lastSeen = Mutex<(date: Int64, uptime: Duration)?>(nil)

    package init(_ time: TimeSource) {
        self.time = time
    }

    /// Seconds since 1970-01-01T00:00:00Z.
    package var now: Int64 {
        guard let seen = lastSeen.withLock({ $0 }) else { return time.wallClock() }
        return seen.date + (time.uptime() - seen.uptime).components.seconds
    }

    /// Seconds by which the server's clock was ahead of ours when it was last seen.
    package var lead: Int64 { now - time.wallClock() }

    /// Takes note of a response's `Date`; one that is no HTTP date is ignored.
    package func observe(date header: String?) {
        guard let header, let date = HTTPDate.seconds(header) else { return }
        let uptime = time.uptime()
        lastSeen.withLock { $0 = (date, uptime) }
    }
}
