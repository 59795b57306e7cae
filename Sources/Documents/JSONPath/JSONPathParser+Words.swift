/// Lexical elements of a step.
extension JSONPathParser {
    var peek: Unicode.Scalar? { place < characters.count ? characters[place] : nil }

    func text(_ range: Range<Int>) -> String {
        var text = String.UnicodeScalarView()
        text.append(contentsOf: characters[range])
        return String(text)
    }

    func position(_ place: Int) -> Int { place + shift + 1 }

    func error(_ reason: String, at place: Int) -> JSONPathError {
        JSONPathError(position: position(place), reason: reason, isSyntax: true)
    }

    /// The identifier at the current position, which does not advance; empty if there is none.
    func word(until limit: Int) -> String {
        guard let first = peek, first.isWordCharacter else { return "" }
        return text(place..<(characters[place..<limit].firstIndex { $0.endsName } ?? limit))
    }

    /// Consumes a field name, in which a backslash escapes the next character.
    mutating func name(until limit: Int) -> String {
        var name = String.UnicodeScalarView()
        while place < limit, !characters[place].endsName {
            if characters[place] == "\\", place + 1 < limit { place += 1 }
            name.append(characters[place])
            place += 1
        }
        return String(name)
    }

    mutating func number(until limit: Int) throws(JSONPathError) -> YAMLNode {
        let start = place
        place += 1
        while place < limit, characters[place].isDigit || characters[place] == "." { place += 1 }
        let digits = text(start..<place)
        if let number = Int64(digits) { return YAMLNode(.integer(number)) }
        guard let number = Double(digits), number.isFinite else {
            throw error("cannot parse number \(digits)", at: start)
        }
        return YAMLNode(.float(number))
    }

    /// Consumes a quoted string with Go's escapes.
    mutating func quoted(until limit: Int) throws(JSONPathError) -> String {
        let start = place
        let quote = characters[place]
        var string = String.UnicodeScalarView()
        place += 1
        while place < limit, characters[place] != quote, characters[place] != "\n" {
            if characters[place] == "\\" {
                string.append(try escaped(until: limit))
            } else {
                string.append(characters[place])
                place += 1
            }
        }
        guard place < limit, characters[place] == quote else { throw error("unterminated quoted string", at: start) }
        place += 1
        return String(string)
    }

    private static let escapes: [Unicode.Scalar: Unicode.Scalar] = [
        "a": "\u{7}", "b": "\u{8}", "f": "\u{C}", "n": "\n", "r": "\r", "t": "\t", "v": "\u{B}", "\\": "\\", "'": "'",
        "\"": "\"",
    ]

    private mutating func escaped(until limit: Int) throws(JSONPathError) -> Unicode.Scalar {
        let start = place
        guard place + 1 < limit else { throw error("unterminated quoted string", at: start) }
        let letter = characters[place + 1]
        place += 2
        if let scalar = Self.escapes[letter] { return scalar }
        let lengths: [Unicode.Scalar: Int] = ["x": 2, "u": 4, "U": 8]
        guard let length = lengths[letter], place + length <= limit,
            let value = UInt32(text(place..<place + length), radix: 16), let scalar = Unicode.Scalar(value)
        else { throw error("unknown escape \\\(letter)", at: start) }
        place += length
        return scalar
    }
}

extension Unicode.Scalar {
    var isDigit: Bool { ("0"..."9").contains(self) }
    /// Whether an identifier can begin with the character.
    var isWordCharacter: Bool { self == "_" || isDigit || properties.isAlphabetic }
    /// Whether the character ends a field name.
    var endsName: Bool { " \t\r\n.,[]$@{}".unicodeScalars.contains(self) }
}
