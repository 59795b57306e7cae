/// A template in kubectl's dialect of JSONPath (client-go util/jsonpath): text, and expressions in braces.
///
/// Differs from kubectl: integers and floats can be compared, quotes may contain commas and brackets, and null is
/// unequal to everything instead of an error.
package struct JSONPath: Sendable {
    package let text: String
    let parts: [Part]

    /// - Parameter text: `{.items[*].name}`; text outside braces is literal.
    package init(_ text: String) throws(JSONPathError) {
        self.text = text
        parts = try JSONPathParser(text).template()
    }

    /// One expression whose braces and leading dot may be left out: `.name`, `name`, `{.name}`, `{name}`.
    package init(relaxed text: String) throws(JSONPathError) {
        var path = text[...]
        if path.hasPrefix("{"), path.hasSuffix("}") { path = path.dropFirst().dropLast() }
        if path.hasPrefix("."), !path.hasPrefix("..") { path = path.dropFirst() }
        if path.isEmpty || path.contains(where: { $0 == "{" || $0 == "}" }) {
            let place = path.firstIndex { $0 == "{" || $0 == "}" } ?? text.startIndex
            throw JSONPathError(
                position: text.unicodeScalars.distance(from: text.startIndex, to: place) + 1,
                reason: "expected 'name1.name2', '.name1.name2', '{name1.name2}' or '{.name1.name2}'", isSyntax: true)
        }
        // Positions in errors refer to the text as given.
        let start = text.unicodeScalars.distance(from: text.startIndex, to: path.startIndex)
        let isBare = !path.hasPrefix("[") && !path.hasPrefix("..") && !path.hasPrefix("@") && !path.hasPrefix("$")
        let template = (isBare ? "{." : "{") + path + "}"
        self.text = text
        parts = try JSONPathParser(template, shift: start - (isBare ? 2 : 1)).template()
    }

    /// The values that each part of the template selects; literal text selects itself.
    package func results(in root: YAMLNode) throws(JSONPathError) -> [[YAMLNode]] {
        try Self.results(parts, in: root)
    }

    /// The template with the selected values inserted: separated by spaces, lists and mappings as JSON.
    ///
    /// - Parameter spell: formats a string that comes from `root`.
    package func filled(from root: YAMLNode, spell: (String) -> String = { $0 }) throws(JSONPathError) -> String {
        try Self.filled(parts, from: root, spell)
    }

    private static func results(_ parts: [Part], in root: YAMLNode) throws(JSONPathError) -> [[YAMLNode]] {
        var results: [[YAMLNode]] = []
        for part in parts {
            switch part {
            case .text(let text): results.append([YAMLNode(.string(text))])
            case .path(let steps): results.append(try JSONPathWalk.select(steps, from: [root]))
            case .range(let steps, let body):
                for value in try JSONPathWalk.select(steps, from: [root]) {
                    results += try Self.results(body, in: value)
                }
            }
        }
        return results
    }

    private static func filled(
        _ parts: [Part], from root: YAMLNode, _ spell: (String) -> String
    ) throws(JSONPathError) -> String {
        var text = ""
        for part in parts {
            switch part {
            case .text(let literal): text += literal
            case .path(let steps):
                let values = try JSONPathWalk.select(steps, from: [root])
                var isLiteral = false
                // A literal string in the expression does not come from `root`.
                if case .text? = steps.last?.step { isLiteral = true }
                text += values.map { value in
                    value.string.map { isLiteral ? $0 : spell($0) } ?? value.json(pretty: false)
                }.joined(separator: " ")
            case .range(let steps, let body):
                for value in try JSONPathWalk.select(steps, from: [root]) {
                    text += try filled(body, from: value, spell)
                }
            }
        }
        return text
    }
}

/// A syntax error in an expression, or a value that it cannot be applied to.
package struct JSONPathError: Error, Equatable {
    /// Position in the expression, counted in characters from 1.
    package var position: Int
    package var reason: String
    /// Whether the error does not depend on the value.
    package var isSyntax: Bool
}
