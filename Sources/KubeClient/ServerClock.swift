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

/// The preferred form of RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Seconds since 1970-01-01T00:00:00Z; nil for any other text.
    package static func seconds(_ text: String) -> Int64? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let month = months.firstIndex(of: String(fields[2])),
            let day = Int64(fields[1]), let year = Int64(fields[3]), (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        let clock = fields[4].split(separator: ":").map { Int64($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        return days(year: year, month: Int64(month) + 1, day: day) * 86_400 + hour * 3600 + minute * 60 + second
    }

    /// Days from 1970-01-01, counting leap days up to the last February.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let monthStarts: [Int64] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334]
        let leapYears = month > 2 ? year : year - 1
        let leapDays = leapYears / 4 - leapYears / 100 + leapYears / 400
        return (year - 1970) * 365 + leapDays - 477 + monthStarts[Int(month) - 1] + day - 1
    }
}
