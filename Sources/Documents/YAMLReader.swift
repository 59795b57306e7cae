/// Reads the documents of a YAML or JSON text one after the other; nothing behind the document asked for is looked at.
///
/// UTF-8 with or without a byte order mark, or UTF-16 with one. Anchors and merge keys are resolved, scalars typed as kubectl
/// types them, the last of equal keys wins.
package struct YAMLReader: ~Copyable {
    private var parser: EventParser
    private var isAtEnd = false

    package init(_ bytes: [UInt8]) {
        parser = EventParser(JSONSurrogates.joined(in: bytes))
    }

    /// The next document; nil at the end, and after an error.
    package mutating func next() throws(YAMLError) -> YAMLNode? {
        guard !isAtEnd else { return nil }
        // Whatever throws below ends the reading.
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
    /// The first document of a text; null when there is none.
    package static func firstDocument(in bytes: [UInt8]) throws(YAMLError) -> YAMLNode {
        var reader = YAMLReader(bytes)
        return try reader.next() ?? YAMLNode(.null)
    }
}
