extension String {
    /// Splits the text into lines of at most `width` columns, between words if possible. Further lines keep the text's
    /// indentation, or that of the text after a label such as `Message:      text`.
    ///
    /// - Parameter indent: the indentation of further lines, instead.
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

    /// A name, its colon and the spaces after it.
    private var label: String? {
        guard first != " ", let colon = firstIndex(of: ":"), let space = index(colon, offsetBy: 1, limitedBy: endIndex),
            self[space...].hasPrefix("  ")
        else { return nil }
        return String(self[..<(self[space...].firstIndex { $0 != " " } ?? endIndex)])
    }

    /// Splits a word that is too long for a line into full lines and the rest.
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
