/// Durations in Go's notation: `1h2m3.5s`, `-1.5h`, `300ms`.
package enum GoDuration {
    /// Parses a duration; nil if the text is none, or exceeds Go's limit of 2^63 ns.
    package static func parse(_ text: String) -> Duration? {
        var rest = text.utf8[...]
        var isNegative = false
        if let sign = rest.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            rest.removeFirst()
        }
        if rest.elementsEqual("0".utf8) { return .zero }
        guard !rest.isEmpty else { return nil }
        var total: Int64 = 0
        while !rest.isEmpty {
            guard let nanoseconds = component(&rest) else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(nanoseconds)
            guard !overflow else { return nil }
            total = sum
        }
        return .nanoseconds(isNegative ? -total : total)
    }

    /// Consumes digits, an optional fraction and a unit; returns nanoseconds.
    private static func component(_ rest: inout Substring.UTF8View) -> Int64? {
        let whole = digits(&rest)
        var fraction = rest.prefix(0)
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            fraction = digits(&rest)
        }
        guard !whole.isEmpty || !fraction.isEmpty else { return nil }
        let unit = rest.prefix { $0 != UInt8(ascii: ".") && !isDigit($0) }
        rest = rest[unit.endIndex...]
        guard let scale = nanoseconds(in: String(Substring(unit))),
            let count = whole.isEmpty ? 0 : Int64(Substring(whole))
        else { return nil }
        let (product, overflow) = count.multipliedReportingOverflow(by: scale)
        guard !overflow else { return nil }
        let part = fraction.isEmpty ? 0 : Double("0.\(Substring(fraction))") ?? 0
        let (sum, tooLarge) = product.addingReportingOverflow(Int64(part * Double(scale)))
        return tooLarge ? nil : sum
    }

    private static func digits(_ rest: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = rest.prefix(while: isDigit)
        rest = rest[digits.endIndex...]
        return digits
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func nanoseconds(in unit: String) -> Int64? {
        switch unit {
        case "ns": 1
        case "us", "\u{B5}s", "\u{3BC}s": 1_000
        case "ms": 1_000_000
        case "s": 1_000_000_000
        case "m": 60_000_000_000
        case "h": 3_600_000_000_000
        default: nil
        }
    }
}
