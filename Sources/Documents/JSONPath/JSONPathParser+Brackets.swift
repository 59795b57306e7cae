/// `[…]`: an index, a slice, a key, several of these, or a filter.
extension JSONPathParser {
    mutating func brackets(until limit: Int) throws(JSONPathError) -> [Placed] {
        let start = place
        if text(start..<min(limit, start + 3)) == "[?(" { return [try filter(until: limit)] }
        var commas: [Int] = []
        let unterminated = error("unterminated array", at: start)
        let end = try find("]", in: start + 1..<limit, else: unterminated) { if $1 == "," { commas.append($0) } }
        let starts = [start + 1] + commas.map { $0 + 1 }
        let members = try zip(starts, commas + [end]).map { start, end throws(JSONPathError) in
            try member(trimmed(start..<end))
        }
        place = end + 1
        return members.count == 1 ? members[0] : [Placed(step: .union(members), position: position(start))]
    }

    /// The position of the first `closing` outside quotes.
    ///
    /// - Parameter visit: called for every other character outside quotes.
    private func find(
        _ closing: Unicode.Scalar, in range: Range<Int>, else unterminated: JSONPathError,
        visit: (Int, Unicode.Scalar) -> Void
    ) throws(JSONPathError) -> Int {
        var quote: Unicode.Scalar?
        var place = range.lowerBound
        while place < range.upperBound, characters[place] != "\n" {
            let character = characters[place]
            if let open = quote {
                if character == "\\" { place += 1 } else if character == open { quote = nil }
            } else if character == closing {
                return place
            } else if character == "'" || character == "\"" {
                quote = character
            } else {
                visit(place, character)
            }
            place += 1
        }
        throw unterminated
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        let isInside = { (place: Int) in self.characters[place] != " " }
        guard let first = range.first(where: isInside), let last = range.last(where: isInside) else { return range }
        return first..<last + 1
    }

    private func member(_ range: Range<Int>) throws(JSONPathError) -> [Placed] {
        let written = text(range)
        let step: JSONPath.Step
        if written == "*" {
            step = .slice(.init())
        } else if written.count >= 2, written.hasPrefix("'"), written.hasSuffix("'") {
            return try keys(range.lowerBound + 1..<range.upperBound - 1)
        } else {
            step = .slice(try slice(written, at: range.lowerBound))
        }
        return [Placed(step: step, position: position(range.lowerBound))]
    }

    /// `'a.b'` is the path a, then b, as in kubectl; `'a\.b'` is one key.
    private func keys(_ range: Range<Int>) throws(JSONPathError) -> [Placed] {
        var parser = self
        parser.place = range.lowerBound
        var keys: [Placed] = []
        repeat {
            let start = parser.place
            let name = parser.name(until: range.upperBound)
            keys.append(Placed(step: name == "*" ? .every : .field(name), position: position(start)))
            guard parser.place < range.upperBound else { break }
            guard parser.peek == "." else { throw error("invalid key", at: parser.place) }
            parser.place += 1
        } while parser.place < range.upperBound
        return keys
    }

    private func slice(_ written: String, at place: Int) throws(JSONPathError) -> JSONPath.Slice {
        let parts = written.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        let isWellFormed = parts.count <= 3 && parts.allSatisfy { $0.isEmpty || Int($0) != nil && !$0.hasPrefix("+") }
        guard isWellFormed else { throw error("invalid array index \(written)", at: place) }
        let numbers = parts.map { Int($0) }
        return JSONPath.Slice(
            start: numbers[0], end: numbers.count > 1 ? numbers[1] : nil, step: numbers.count > 2 ? numbers[2] : nil,
            isIndex: parts.count == 1)
    }

    private mutating func filter(until limit: Int) throws(JSONPathError) -> Placed {
        let start = place
        var operators: [Int] = []
        let unterminated = error("unterminated filter", at: start)
        let end = try find(")", in: start + 3..<limit, else: unterminated) { place, character in
            if "!<>=~".unicodeScalars.contains(character) { operators.append(place) }
        }
        guard end + 1 < limit, characters[end + 1] == "]" else {
            throw error("unclosed array, expected ]", at: end + 1)
        }
        var filter = JSONPath.Filter(left: [])
        place = start + 3
        if let first = operators.first {
            // Adjacent operator characters are one operator.
            let next = (first..<end).first { !operators.contains($0) } ?? end
            guard let comparison = JSONPath.Filter.Comparison(rawValue: text(first..<next)) else {
                throw error("unrecognized filter operator \(text(first..<next))", at: first)
            }
            filter.left = try side(until: first)
            filter.comparison = comparison
            place = next
            filter.right = try side(until: end)
        } else {
            filter.left = try side(until: end)
        }
        place = end + 2
        return Placed(step: .filter(filter), position: position(start))
    }

    private mutating func side(until limit: Int) throws(JSONPathError) -> [Placed] {
        let start = place
        let steps = try steps(until: limit)
        if place < limit { throw error("unrecognized character in action: '}'", at: place) }
        let isBlank = text(start..<limit).allSatisfy { $0 == " " }
        if isBlank { throw error("nothing to compare", at: start) }
        return steps
    }
}
