/// A time in whole seconds since 1970-01-01T00:00:00Z, the resolution Kubernetes uses.
///
/// Arithmetic saturates, because a value from the cluster may be any number.
package struct Timestamp: Sendable, Hashable, InstantProtocol {
    package var secondsSince1970: Int64

    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }

    package func advanced(by duration: Duration) -> Timestamp {
        let seconds = duration.components.seconds
        let (sum, overflow) = secondsSince1970.addingReportingOverflow(seconds)
        return Timestamp(secondsSince1970: overflow ? (seconds < 0 ? .min : .max) : sum)
    }

    /// Time from this moment to `other`; negative when `other` is the earlier.
    package func duration(to other: Timestamp) -> Duration {
        let (difference, overflow) = other.secondsSince1970.subtractingReportingOverflow(secondsSince1970)
        return .seconds(overflow ? (other < self ? .min : .max) : difference)
    }

    package static func + (moment: Timestamp, duration: Duration) -> Timestamp {
        moment.advanced(by: duration)
    }

    package static func - (later: Timestamp, earlier: Timestamp) -> Duration {
        earlier.duration(to: later)
    }
}
