/// The preferred date format of RFC 9110, 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`.
package enum HTTPDate {
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Parses a date into seconds since 1970-01-01T00:00:00Z; nil for any other format.
    package static func seconds(_ text: String) -> Int64? {
        let fields = text.split(separator: " ")
        guard fields.count == 6, fields[5] == "GMT", let month = months.firstIndex(of: String(fields[2])),
            let day = Int64(fields[1]), let year = Int64(fields[3]), (1...31).contains(day), (1...9999).contains(year)
        else { return nil }
        let clock = fields[4].split(separator: ":").map { Int64($0) }
        guard clock.count == 3, let hour = clock[0], let minute = clock[1], let second = clock[2],
            (0..<24).contains(hour), (0..<60).contains(minute), (0...60).contains(second)
        else { return nil }
        return GregorianCalendar.days(toYear: year, month: Int64(month) + 1, day: day) * 86_400 + hour * 3600 + minute
            * 60 + second
    }
}
