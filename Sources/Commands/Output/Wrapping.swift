extension String {
    /// In lines of at most `width` columns, broken between words where that is possible; those after the first begin as far
    /// in as this does.
    func wrapped(to width: Int) -> [String] {
        guard displayWidth > width, width > 0 else { return [self] }
        let indentation = String(prefix { $0 == " " }.prefix(width / 2))
        var lines: [String] = []
        var line: String?
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            let next = line.map { $0 + " " + word } ?? String(word)
            if next.displayWidth <= width {
                line = next
                continue
            }
            if let line, !line.allSatisfy({ $0 == " " }) { lines.append(line) }
            let (whole, rest) = (indentation + word).broken(at: width, indentation)
            lines += whole
            line = rest
        }
        return lines + (line.map { [$0] } ?? [])
    }

    /// A word that is too long for a line: what fills lines, and the rest.
    private func broken(at width: Int, _ indentation: String) -> (lines: [String], rest: String) {
        var lines: [String] = []
        var rest = self
        while rest.displayWidth > width {
            let part = rest.fitted(to: width, ellipsis: "")
            guard part.count > indentation.count else { break }
            lines.append(part)
            rest = indentation + rest.dropFirst(part.count)
        }
        return (lines, rest)
    }
}
