import Documents

/// Reads the first document of a text; returns it as compact JSON.
func read(_ text: String) throws -> String {
    try YAMLNode.firstDocument(in: Array(text.utf8)).json(pretty: false)
}

/// Returns why a text is rejected, as "line:column: message"; nil if it is not.
func refusal(_ text: String) -> String? {
    refusal(Array(text.utf8))
}

func refusal(_ bytes: [UInt8]) -> String? {
    do throws(YAMLError) {
        _ = try YAMLNode.firstDocument(in: bytes)
        return nil
    } catch {
        return error.description
    }
}

/// Reads all documents of a text up to its end or first error.
func documents(_ text: String) throws(YAMLError) -> [String] {
    var reader = YAMLReader(Array(text.utf8))
    var found: [String] = []
    while let node = try reader.next() { found.append(node.json(pretty: false)) }
    return found
}
