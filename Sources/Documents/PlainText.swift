/// Decides which strings can be unquoted in YAML and still be strings for YAML 1.1 and 1.2 readers.
enum PlainText {
    static func isSafe(_ text: String) -> Bool {
        guard case .string = YAMLScalar.plain(text) else { return false }
        return text != "<<" && text != "=" && !isBase60(text) && !isTimestamp(text)
    }

    /// Matches `1:30`, a base-60 number in YAML 1.1 (go-yaml v2 encode.go `isBase60Float`).
    private static func isBase60(_ text: String) -> Bool {
        guard text.utf8.contains(UInt8(ascii: ":")), let first = text.utf8.first(where: { !isSign($0) }),
            isDigit(first)
        else { return false }
        return text.utf8.allSatisfy {
            isDigit($0) || isSign($0) || $0 == UInt8(ascii: ":") || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "_")
        }
    }

    /// Matches a date such as `2024-1-2`, alone or followed by a time, which go-yaml v2 reads as a timestamp.
    private static func isTimestamp(_ text: String) -> Bool {
        let parts = text.split(separator: "-", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].utf8.count == 4, parts[0].utf8.allSatisfy(isDigit),
            (1...2).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(isDigit)
        else { return false }
        let day = parts[2].utf8.prefix(while: isDigit)
        let rest = parts[2].utf8[day.endIndex...]
        guard (1...2).contains(day.count) else { return false }
        return rest.isEmpty || [UInt8(ascii: "T"), UInt8(ascii: "t"), UInt8(ascii: " ")].contains(rest.first)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isSign(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
    }
}
