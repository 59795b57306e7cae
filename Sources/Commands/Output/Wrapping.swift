extension String {
    /// In lines of at most `width` columns, broken between words where that is possible; those after the first begin as far
    /// in as this does, or as what stands behind its label: `Message:      text`.
    ///
    /// - Parameter indent: where those after the first begin instead.
    func wrapped(to width: Int, indent given: Int? = nil) -> [String] {
        guard displayWidth > width, width > 0 else { return [self] }
        let indent = given ?? max(prefix { $0 == " " }.count, label?.displayWidth ?? 0)
        let indentation = String(repeating: " ", count: indent <= width / 2 ? indent : 0)
        var lines: [String] = []
        var line: String?
        for word in split(separator: " ", omittingEmptySubsequences: false) {
            let next = line.map { $0 + " " + word } ?? String(word)
            if next.displayWidth <= width {
                line = next
                continue
            }
            if let line, !line.allSatisfy({ $0 == " " }) { lines.append(line) }
            let (whole, rest) = (indentation + String(word)).broken(at: width, indentation)
            lines += whole
            line = rest
        }
        return lines + (line.map { [$0] } ?? [])
    }

    /// A name, its colon, and the spaces behind them.
    private var label: String? {
        guard first != " ", let colon = firstIndex(of: ":"), let space = index(colon, offsetBy: 1, limitedBy: endIndex),
            self[space...].hasPrefix("  ")
        else { return nil }
        return String(self[..<(self[space...].firstIndex { $0 != " " } ?? endIndex)])
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
