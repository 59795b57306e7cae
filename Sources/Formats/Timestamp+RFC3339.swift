extension Timestamp {
    /// Parses RFC 3339 with any offset; a fraction is dropped, and `T` and `Z` may be lower-case.
    ///
    /// Returns nil for any other text, including dates that do not exist.
    package init?(rfc3339 text: String) {
        guard let fields = Fields(text) else { return nil }
        self = fields.timestamp
    }

    /// Parses what Go's `time.Time` accepts in JSON: RFC 3339 for the years 1 to 9999.
    ///
    /// `T` and `Z` must be capitals, and leap seconds are rejected.
    package init?(goTime text: String) {
        guard let fields = Fields(text), !text.utf8.contains(where: [UInt8(ascii: "t"), UInt8(ascii: "z")].contains),
            fields.year > 0, fields.second < 60
        else { return nil }
        self = fields.timestamp
    }

    /// RFC 3339 in UTC with whole seconds, the form of `spec.restartAt`; years outside 0...9999 are written unchanged.
    package var rfc3339: String {
        let (days, daySeconds) = secondsSince1970.flooredDivision(by: 86_400)
        let (year, month, day) = GregorianCalendar.date(ofDay: days)
        return Self.padded(year, 4) + "-" + Self.padded(month, 2) + "-" + Self.padded(day, 2)
            + "T" + Self.padded(daySeconds / 3600, 2) + ":" + Self.padded(daySeconds / 60 % 60, 2)
            + ":" + Self.padded(daySeconds % 60, 2) + "Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}

/// The fields of an RFC 3339 timestamp.
private struct Fields {
    let year: Int64
    let month: Int64
    let day: Int64
    let hour: Int64
    let minute: Int64
    let second: Int64
    /// Seconds east of UTC.
    let offset: Int64

    init?(_ text: String) {
        var digits = Digits(text.utf8)
        guard let year = digits.number(4), digits.skip("-"), let month = digits.number(2), digits.skip("-"),
            let day = digits.number(2), digits.skip("T") || digits.skip("t"),
            let hour = digits.number(2), digits.skip(":"), let minute = digits.number(2), digits.skip(":"),
            let second = digits.number(2), digits.skipFraction(), let offset = digits.offset(), digits.isAtEnd,
            GregorianCalendar.hasDay(day, month: month, year: year), hour < 24, minute < 60, second <= 60
        else { return nil }
        (self.year, self.month, self.day) = (year, month, day)
        (self.hour, self.minute, self.second, self.offset) = (hour, minute, second, offset)
    }

    var timestamp: Timestamp {
        Timestamp(
            secondsSince1970: GregorianCalendar.days(toYear: year, month: month, day: day) * 86_400 + hour * 3600
                + minute * 60 + second
                - offset)
    }
}

/// A cursor over the ASCII text of a timestamp.
private struct Digits {
    private var rest: ArraySlice<UInt8>

    init(_ text: String.UTF8View) {
        rest = Array(text)[...]
    }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func number(_ width: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<width {
            guard let byte = rest.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            value = value * 10 + Int64(byte - UInt8(ascii: "0"))
            rest.removeFirst()
        }
        return value
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    /// Skips an optional fraction; returns false if it has no digits.
    mutating func skipFraction() -> Bool {
        guard skip(".") else { return true }
        let before = rest.count
        while number(1) != nil {}
        return rest.count < before
    }

    /// Parses the offset into seconds east of UTC.
    mutating func offset() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = skip("-") ? -1 : 1
        guard sign < 0 || skip("+"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }
}
