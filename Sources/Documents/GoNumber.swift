/// Parses numbers like Go's strconv for go-yaml v2, and formats them like Go's JSON encoder.
enum GoNumber {
    /// Parses a plain scalar that begins with a digit, sign or dot; nil if it is no number.
    static func parse(_ text: String) -> YAMLNode.Value? {
        if text.utf8.first == UInt8(ascii: ".") {
            return decimal(text).map { .float($0) }
        }
        let plain = text.utf8.contains(UInt8(ascii: "_")) ? text.filter { $0 != "_" } : text
        return integer(plain) ?? decimal(plain).map { .float($0) }
    }

    /// Parses like Go's `ParseInt` with base 0: `0x`, `0o`, `0b`, a leading `0` for octal, otherwise decimal.
    private static func integer(_ text: String) -> YAMLNode.Value? {
        var digits = text.utf8[...]
        var isNegative = false
        if let sign = digits.first, sign == UInt8(ascii: "-") || sign == UInt8(ascii: "+") {
            isNegative = sign == UInt8(ascii: "-")
            digits.removeFirst()
        }
        var radix = 10
        if digits.first == UInt8(ascii: "0"), digits.count > 1 {
            digits.removeFirst()
            switch digits.first {
            case UInt8(ascii: "x"), UInt8(ascii: "X"): radix = 16
            case UInt8(ascii: "o"), UInt8(ascii: "O"): radix = 8
            case UInt8(ascii: "b"), UInt8(ascii: "B"): radix = 2
            default: radix = 0
            }
            if radix == 0 {
                radix = 8
            } else {
                digits.removeFirst()
            }
        }
        // Swift's own parser would accept a second sign.
        guard let first = digits.first, first != UInt8(ascii: "-"), first != UInt8(ascii: "+"),
            let magnitude = UInt64(Substring(digits), radix: radix)
        else { return nil }
        if let value = Int64(exactly: magnitude) { return .integer(isNegative ? -value : value) }
        if isNegative {
            return magnitude == 1 << 63 ? .integer(.min) : nil
        }
        return .float(Double(magnitude))
    }

    /// Parses `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?` (go-yaml `yamlStyleFloat`); nil if it exceeds
    /// Double.
    private static func decimal(_ text: String) -> Double? {
        var rest = text.utf8[...]
        func skipSign() {
            if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest.removeFirst() }
        }
        func skipDigits() -> Int {
            let before = rest.count
            rest = rest.drop { $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }
            return before - rest.count
        }
        skipSign()
        let whole = skipDigits()
        if rest.first == UInt8(ascii: ".") {
            rest.removeFirst()
            guard skipDigits() > 0 || whole > 0 else { return nil }
        } else if whole == 0 {
            return nil
        }
        if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
            rest.removeFirst()
            skipSign()
            guard skipDigits() > 0 else { return nil }
        }
        guard rest.isEmpty, let value = Double(text), value.isFinite else { return nil }
        return value
    }

    /// Formats the shortest decimal that reads back as `value`, with an exponent only below 1e-6 and from 1e21 (Go
    /// encoding/json `floatEncoder`). Infinity and not-a-number, which JSON lacks, become `null`.
    static func format(_ value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == 0 { return value.sign == .minus ? "-0" : "0" }
        let parts = value.magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let fraction = mantissa.count > 1 && mantissa[1] != "0" ? mantissa[1] : ""
        // value = 0.DIGITS x 10^point
        var digits = Array((mantissa[0] + fraction).utf8)
        var point = mantissa[0].utf8.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        let leadingZeros = digits.prefix { $0 == UInt8(ascii: "0") }.count
        digits.removeFirst(leadingZeros)
        point -= leadingZeros
        while digits.count > 1, digits.last == UInt8(ascii: "0") { digits.removeLast() }

        let sign = value < 0 ? "-" : ""
        let text = String(decoding: digits, as: UTF8.self)
        if value.magnitude < 1e-6 || value.magnitude >= 1e21 {
            let tail = text.dropFirst().isEmpty ? "" : ".\(text.dropFirst())"
            let exponent = point - 1
            return "\(sign)\(text.prefix(1))\(tail)e\(exponent < 0 ? "-" : "+")\(exponent.magnitude)"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(text)" }
        if point >= digits.count { return "\(sign)\(text)\(String(repeating: "0", count: point - digits.count))" }
        return "\(sign)\(text.prefix(point)).\(text.dropFirst(point))"
    }
}
