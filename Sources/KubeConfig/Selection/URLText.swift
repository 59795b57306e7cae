internal import Formats

/// The parts of a URL, uninterpreted: `scheme://userinfo@host:port/rest`.
struct URLText {
    /// In lower case.
    var scheme: String
    var userInfo: String?
    /// Without brackets.
    var host: String
    var port: Int?
    /// Includes its slash; excludes query and fragment.
    var path: String

    /// Returns nil if the text has no `scheme://` or is no URL.
    init?(_ text: String) {
        guard let colon = text.firstRange(of: "://"), colon.lowerBound > text.startIndex else { return nil }
        scheme = text[..<colon.lowerBound].lowercased()
        guard scheme.utf8.allSatisfy({ Self.isSchemeByte($0) }), let first = scheme.utf8.first,
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first)
        else { return nil }
        let afterScheme = text[colon.upperBound...]
        guard afterScheme.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else { return nil }
        var authority = afterScheme.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        path = String(afterScheme[authority.endIndex...].prefix { $0 != "?" && $0 != "#" })
        if let at = authority.lastIndex(of: "@") {
            userInfo = String(authority[..<at])
            authority = authority[authority.index(after: at)...]
        }
        guard let address = HostPort(authority) else { return nil }
        host = address.host
        port = address.port
    }

    /// The text for messages, with the user info masked.
    static func redacted(_ text: String) -> String {
        let start = text.firstRange(of: "://")?.upperBound ?? text.startIndex
        guard let at = text.lastIndex(of: "@"), at >= start else { return text }
        return "\(text[..<start])***\(text[at...])"
    }

    private static func isSchemeByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"),
            UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`.
struct HostPort {
    var host: String
    var port: Int?

    init?(_ text: Substring) {
        var portText: Substring?
        if text.first == "[" {
            guard let end = text.lastIndex(of: "]") else { return nil }
            host = String(text[text.index(after: text.startIndex)..<end])
            let rest = text[text.index(after: end)...]
            guard rest.isEmpty || rest.first == ":" else { return nil }
            if !rest.isEmpty { portText = rest.dropFirst() }
            // A zone may follow: fe80::1%25eth0.
            let address = String(host.prefix { $0 != "%" })
            guard address.contains(":"), IPAddress(address) != nil else { return nil }
        } else {
            let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            host = parts.isEmpty ? "" : String(parts[0])
            if parts.count > 1 { portText = parts[1] }
            guard !host.isEmpty, !host.utf8.contains(where: { Self.forbidden.contains($0) }) else { return nil }
        }
        // As in Go, "host:" means the default port.
        guard let portText, !portText.isEmpty else { return }
        guard portText.utf8.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }),
            let number = Int(portText), (1...65535).contains(number)
        else { return nil }
        port = number
    }

    private static let forbidden = Set("[]<>\"\\^`{|}%:".utf8)
}
