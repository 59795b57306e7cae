/// Parses a `Warning` header (RFC 7234, 5.5) for the texts that Kubernetes addresses to users: those with code 299.
enum WarningHeader {
    /// Returns the unescaped texts in order; parsing stops at a malformed warning.
    static func texts(in header: String) -> [String] {
        var rest = Substring(header)
        var texts: [String] = []
        while true {
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard let (code, text) = takeWarning(&rest) else { return texts }
            if code == "299", !text.isEmpty { texts.append(text) }
            rest = rest.drop { $0 == " " || $0 == "\t" }
            guard rest.first == "," else { return texts }
            rest = rest.dropFirst()
        }
    }

    /// Parses `CODE AGENT "TEXT" ["DATE"]`.
    private static func takeWarning(_ rest: inout Substring) -> (code: String, text: String)? {
        let code = rest.prefix { $0 != " " }
        guard code.utf8.count == 3, code.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        rest = rest.dropFirst(3).drop { $0 == " " }
        let agent = rest.prefix { $0 != " " }
        guard !agent.isEmpty, !agent.contains("\"") else { return nil }
        rest = rest.dropFirst(agent.count).drop { $0 == " " }
        guard let text = takeQuoted(&rest) else { return nil }
        if rest.hasPrefix(" \"") {
            rest = rest.dropFirst()
            guard takeQuoted(&rest) != nil else { return nil }
        }
        return (String(code), text)
    }

    private static func takeQuoted(_ rest: inout Substring) -> String? {
        guard rest.first == "\"" else { return nil }
        var text = ""
        var index = rest.index(after: rest.startIndex)
        while index < rest.endIndex {
            var character = rest[index]
            index = rest.index(after: index)
            if character == "\"" {
                rest = rest[index...]
                return text
            }
            if character == "\\", index < rest.endIndex {
                character = rest[index]
                index = rest.index(after: index)
            }
            text.append(character)
        }
        return nil
    }
}
