/// Parses a template; errors carry their position.
struct JSONPathParser {
    typealias Placed = JSONPath.Placed

    var characters: [Unicode.Scalar]
    var place = 0
    /// Offset added to every position.
    var shift: Int

    init(_ text: String, shift: Int = 0) {
        characters = Array(text.unicodeScalars)
        self.shift = shift
    }

    /// An expression in braces: steps, or a keyword.
    private enum Action {
        case path([Placed])
        case range([Placed])
        case end
    }

    func template() throws(JSONPathError) -> [JSONPath.Part] {
        var parser = self
        var open: [(steps: [Placed], before: [JSONPath.Part])] = []
        var parts: [JSONPath.Part] = []
        while parser.place < parser.characters.count {
            let start = parser.place
            if parser.characters[start] != "{" {
                while let next = parser.peek, next != "{" { parser.place += 1 }
                parts.append(.text(parser.text(start..<parser.place)))
                continue
            }
            parser.place += 1
            switch try parser.action() {
            case .path(let steps): parts.append(.path(steps))
            case .range(let steps):
                open.append((steps, parts))
                parts = []
            case .end:
                guard let range = open.popLast() else {
                    throw parser.error("not in range, nothing to end", at: start)
                }
                parts = range.before + [.range(range.steps, body: parts)]
            }
        }
        // A range without `{end}` extends to the end of the template, as in kubectl.
        while let range = open.popLast() { parts = range.before + [.range(range.steps, body: parts)] }
        return parts
    }

    /// Parses the content of braces, including the closing one.
    private mutating func action() throws(JSONPathError) -> Action {
        let start = place - 1
        while peek == " " || peek == "\t" { place += 1 }
        let word = word(until: characters.count)
        let isKeyword = word == "range" || word == "end"
        if isKeyword { place += word.unicodeScalars.count }
        let steps = try steps(until: characters.count)
        guard peek == "}" else { throw error("unclosed action", at: start) }
        place += 1
        if word == "end", !steps.isEmpty { throw error("nothing may follow end", at: steps[0].position - 1 - shift) }
        return word == "range" ? .range(steps) : word == "end" ? .end : .path(steps)
    }

    /// Parses steps up to a closing brace or `limit`, whichever comes first.
    mutating func steps(until limit: Int) throws(JSONPathError) -> [Placed] {
        var steps: [Placed] = []
        while place < limit {
            let start = place
            func add(_ step: JSONPath.Step) { steps.append(Placed(step: step, position: position(start))) }
            switch characters[place] {
            case "}": return steps
            case " ", "\t", "@", "$": place += 1
            case "." where place + 1 < limit && characters[place + 1] == ".":
                if case .descendants? = steps.last?.step {
                    throw error("invalid multiple recursive descent", at: start)
                }
                place += 2
                add(.descendants)
                if let next = peek, place < limit, next.isWordCharacter { add(.field(name(until: limit))) }
            case ".":
                place += 1
                let isEvery = peek == "*"
                let name = name(until: limit)
                add(isEvery && name == "*" ? .every : .field(name))
            case "[": steps += try brackets(until: limit)
            case "\"", "'": add(.text(try quoted(until: limit)))
            case let sign where sign == "+" || sign == "-" || sign.isDigit: add(.number(try number(until: limit)))
            case let letter where letter.isWordCharacter:
                let word = word(until: limit)
                guard word == "true" || word == "false" else {
                    throw error("unrecognized identifier \(word)", at: start)
                }
                place += word.unicodeScalars.count
                add(.flag(word == "true"))
            case "\n", "\r": throw error("unclosed action", at: start)
            case let other: throw error("unrecognized character in action: '\(other)'", at: start)
            }
        }
        return steps
    }
}
