/// Kubernetes' MicroTime format: `2026-03-01T12:00:00.000000Z`.
package enum MicroTime {
    /// - Parameter seconds: since 1970-01-01T00:00:00Z.
    package static func text(seconds: Int64, microseconds: Int) -> String {
        let digits = String(microseconds)
        let fraction = String(repeating: "0", count: max(0, 6 - digits.utf8.count)) + digits
        return Timestamp(secondsSince1970: seconds).rfc3339.dropLast() + "." + fraction + "Z"
    }
}
