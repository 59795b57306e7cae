/// A time in whole seconds since 1970-01-01T00:00:00Z, the resolution Kubernetes uses.
///
/// Arithmetic saturates, because a value from the cluster may be any number.
package struct Timestamp: Sendable, Hashable, Comparable {
    package var secondsSince1970: Int64

    package init(secondsSince1970: Int64) {
        self.secondsSince1970 = secondsSince1970
    }

    package static func < (left: Timestamp, right: Timestamp) -> Bool {
        left.secondsSince1970 < right.secondsSince1970
    }

    /// Seconds from `earlier` to this time; negative if this one is earlier.
    package func seconds(since earlier: Timestamp) -> Int64 {
        let (difference, overflow) = secondsSince1970.subtractingReportingOverflow(earlier.secondsSince1970)
        return overflow ? (self < earlier ? .min : .max) : difference
    }

    package func adding(seconds: Int64) -> Timestamp {
        let (sum, overflow) = secondsSince1970.addingReportingOverflow(seconds)
        return Timestamp(secondsSince1970: overflow ? (seconds < 0 ? .min : .max) : sum)
    }
}
