/// Reads the documents of a YAML or JSON text one at a time; text after the current document is not examined.
///
/// Accepts UTF-8 with or without a byte order mark, and UTF-16 with one. Resolves anchors and merge keys, and types
/// scalars like kubectl; the last of equal keys wins.
package struct YAMLReader: ~Copyable {
    private var parser: EventParser
    private var isAtEnd = false

    package init(_ bytes: [UInt8]) {
        parser = EventParser(JSONSurrogates.joined(in: bytes))
    }

    /// Returns the next document; nil at the end, and after an error.
    ///
    /// - Throws: ``YAMLError`` for a document that is malformed, or exceeds a limit.
    package mutating func next() throws(YAMLError) -> YAMLNode? {
        guard !isAtEnd else { return nil }
        // Reset below unless an error ends the reading.
        isAtEnd = true
        var composer = DocumentComposer()
        var root: YAMLNode?
        while true {
            let event = try parser.next()
            switch event.kind {
            case .streamEnd: return nil
            case .documentEnd:
                isAtEnd = false
                return root ?? YAMLNode(.null, at: event.position)
            default:
                if let node = try composer.take(event) { root = node }
            }
        }
    }
}

extension YAMLNode {
    /// Reads the first document; null if there is none.
    package static func firstDocument(in bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
        var reader = YAMLReader(bytes)
        return try reader.next() ?? YAMLNode(.null)
    }
}
