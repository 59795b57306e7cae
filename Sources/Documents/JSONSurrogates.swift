/// Converts the surrogate pairs with which JSON escapes characters beyond U+FFFF, and which YAML lacks.
enum JSONSurrogates {
    /// Replaces each pair such as `\uD83D\uDE00` by `\U0001F600` if the text begins like JSON. Later columns shift by
    /// two.
    static func joined(in bytes: [UInt8]) -> [UInt8] {
        guard let first = bytes.first(where: { !isSpace($0) }), first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
        else { return bytes }
        var result: [UInt8] = []
        var copied = 0
        var offset = 0
        while let backslash = bytes[offset...].firstIndex(of: UInt8(ascii: "\\")) {
            offset = backslash + 2
            guard let high = escape(in: bytes, at: backslash), (0xD800..<0xDC00).contains(high),
                let low = escape(in: bytes, at: backslash + 6), (0xDC00..<0xE000).contains(low)
            else {
                if offset >= bytes.count { break }
                continue
            }
            let scalar = 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
            let digits = String(scalar, radix: 16, uppercase: true)
            result += bytes[copied..<backslash]
            result += "\\U\(String(repeating: "0", count: 8 - digits.utf8.count))\(digits)".utf8
            offset = backslash + 12
            copied = offset
        }
        return copied == 0 ? bytes : result + bytes[copied...]
    }

    /// The value of `\uXXXX`; nil if no such escape begins at `start`.
    private static func escape(in bytes: [UInt8], at start: Int) -> Int? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"), bytes[start + 1] == UInt8(ascii: "u") else {
            return nil
        }
        var number = 0
        for byte in bytes[(start + 2)..<(start + 6)] {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | Int(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | Int(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | Int(byte - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return number
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }
}
