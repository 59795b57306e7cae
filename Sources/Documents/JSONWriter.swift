extension YAMLNode {
    /// Formats the node as JSON (RFC 8259) with keys in order and no trailing newline.
    ///
    /// With `pretty`, it uses kubectl's layout: four spaces, `"key": value`, and `[]` and `{}` for empty values.
    package func json(pretty: Bool) -> String {
        var writer = JSONWriter(isPretty: pretty)
        writer.write(self)
        return String(decoding: writer.text, as: UTF8.self)
    }
}

private struct JSONWriter {
    let isPretty: Bool
    var text: [UInt8] = []
    private var depth = 0

    init(isPretty: Bool) {
        self.isPretty = isPretty
    }

    mutating func write(_ node: YAMLNode) {
        switch node.value {
        case .null: text += "null".utf8
        case .bool(let flag): text += (flag ? "true" : "false").utf8
        case .integer(let number): text += String(number).utf8
        case .float(let number): text += GoNumber.format(number).utf8
        case .string(let string): write(string)
        case .sequence(let items):
            open("[")
            for (place, item) in items.enumerated() {
                separate(place)
                write(item)
            }
            close("]", isEmpty: items.isEmpty)
        case .mapping(let pairs):
            open("{")
            for (place, pair) in pairs.enumerated() {
                separate(place)
                write(pair.key)
                text += (isPretty ? ": " : ":").utf8
                write(pair.value)
            }
            close("}", isEmpty: pairs.isEmpty)
        }
    }

    private mutating func open(_ bracket: String) {
        text += bracket.utf8
        depth += 1
    }

    private mutating func separate(_ place: Int) {
        if place > 0 { text.append(UInt8(ascii: ",")) }
        breakLine()
    }

    private mutating func close(_ bracket: String, isEmpty: Bool) {
        depth -= 1
        if !isEmpty { breakLine() }
        text += bracket.utf8
    }

    private mutating func breakLine() {
        guard isPretty else { return }
        text.append(UInt8(ascii: "\n"))
        text += repeatElement(UInt8(ascii: " "), count: 4 * depth)
    }

    private mutating func write(_ string: String) {
        text.append(UInt8(ascii: "\""))
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += #"\""#.utf8
            case "\\": text += #"\\"#.utf8
            case "\n": text += #"\n"#.utf8
            case "\r": text += #"\r"#.utf8
            case "\t": text += #"\t"#.utf8
            case "\u{8}": text += #"\b"#.utf8
            case "\u{C}": text += #"\f"#.utf8
            // From DEL on: characters that YAML treats as controls, line breaks or non-characters.
            case ..<" ", "\u{7F}"..."\u{9F}", "\u{2028}", "\u{2029}", "\u{FEFF}", "\u{FFFE}", "\u{FFFF}":
                let digits = String(scalar.value, radix: 16)
                text += "\\u\(String(repeating: "0", count: 4 - digits.utf8.count))\(digits)".utf8
            default: text += String(scalar).utf8
            }
        }
        text.append(UInt8(ascii: "\""))
    }
}
