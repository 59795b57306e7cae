package import Formats
internal import Synchronization

/// The API server's time: its last `Date` header, advanced by our own uptime.
///
/// Times compared with or written to the cluster come from here: with a local clock that is off, young pods would count
/// as new. Before the first response it is the local clock.
package final class ServerClock: Sendable {
    private let time: TimeSource
    private let lastSeen = Mutex<(date: Timestamp, uptime: Duration)?>(nil)

    package init(_ time: TimeSource) {
        self.time = time
    }

    package var now: Timestamp {
        guard let seen = lastSeen.withLock({ $0 }) else { return local }
        return seen.date + (time.uptime() - seen.uptime)
    }

    /// By how much the server's clock was ahead of ours when last observed; nil if it never was.
    package var lead: Duration? { lastSeen.withLock { $0 == nil } ? nil : now - local }

    private var local: Timestamp { Timestamp(secondsSince1970: time.wallClock()) }

    /// Observes a response's `Date`; an invalid date is ignored.
    package func observe(date header: String?) {
        guard let header, let date = HTTPDate.seconds(header) else { return }
        let uptime = time.uptime()
        lastSeen.withLock { $0 = (Timestamp(secondsSince1970: date), uptime) }
    }
}
