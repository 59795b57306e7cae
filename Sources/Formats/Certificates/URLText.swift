/// Which texts Go takes for the URI of a certificate: what net/url parses, with a host that crypto/x509 takes for one.
enum URLText {
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) else { return false }
        let address = text.prefix { $0 != "#" }
        guard isEscaped(text.dropFirst(address.count)), let (hasScheme, rest) = withoutScheme(address) else {
            return false
        }
        // A query may be anything.
        let path = rest.prefix { $0 != "?" }
        guard path.hasPrefix("/") else {
            return hasScheme || !path.prefix { $0 != "/" }.contains(":") && isEscaped(path)
        }
        guard path.hasPrefix("//"), hasScheme || !path.hasPrefix("///") else { return isEscaped(path) }
        let authority = path.dropFirst(2).prefix { $0 != "/" }
        let at = authority.lastIndex(of: "@")
        let host = at.map { authority[authority.index(after: $0)...] } ?? authority
        return isUser(authority[..<(at ?? authority.startIndex)]) && isHost(host)
            && isEscaped(path.dropFirst(2 + authority.count))
    }

    /// The rest after `scheme:`; nil if there is a colon and nothing before it.
    private static func withoutScheme(_ text: Substring) -> (hasScheme: Bool, rest: Substring)? {
        let name = text.prefix { $0.isLetter || $0.isNumber || "+-.".contains($0) }
        if text.hasPrefix(":") { return nil }
        guard name.first?.isLetter == true, text.dropFirst(name.count).first == ":" else { return (false, text) }
        return (true, text.dropFirst(name.count + 1))
    }

    private static func isUser(_ text: Substring) -> Bool {
        text.allSatisfy { $0.isLetter || $0.isNumber || "-._:~!$&'()*+,;=%@".contains($0) } && isEscaped(text)
    }

    /// With a port perhaps; no name ends in a dot or has two in a row.
    private static func isHost(_ text: Substring) -> Bool {
        var name = text
        if text.contains("[") {
            guard text.hasPrefix("["), let end = text.lastIndex(of: "]"),
                IPAddress(String(text[text.index(after: text.startIndex)..<end]))?.bytes.count == 16
            else { return false }
            name = text[text.index(after: end)...]
            if !name.isEmpty, name.first != ":" { return false }
        }
        if let colon = name.lastIndex(of: ":") {
            guard name[colon...].dropFirst().allSatisfy(\.isNumber) else { return false }
        }
        return text.isEmpty
            || text.allSatisfy { $0.isLetter || $0.isNumber || "-._~!$&'()*+,;=:[]<>\"".contains($0) }
                && text.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
    }

    /// Whether two hexadecimal digits follow each percent sign.
    private static func isEscaped(_ text: Substring) -> Bool {
        text.split(separator: "%", omittingEmptySubsequences: false).dropFirst().allSatisfy {
            $0.count >= 2 && $0.prefix(2).allSatisfy(\.isHexDigit)
        }
    }
}
