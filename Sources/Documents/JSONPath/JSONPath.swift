/// A template in kubectl's dialect of JSONPath (client-go util/jsonpath): text, and expressions in braces.
///
/// Beyond kubectl's, numbers of both kinds can be compared, a comma or a bracket may stand between quotes, and null compares
/// unequal to everything instead of being an error.
package struct JSONPath: Sendable {
    package let text: String
    let parts: [Part]

    /// - Parameter text: `{.items[*].name}`; what stands outside braces is text.
    package init(_ text: String) throws(JSONPathError) {
        self.text = text
        parts = try JSONPathParser(text).template()
    }

    /// One expression, whose braces and first point may be left out: `.name`, `name`, `{.name}`, `{name}`.
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
        // Positions are those of what was written.
        let start = text.unicodeScalars.distance(from: text.startIndex, to: path.startIndex)
        let isBare = !path.hasPrefix("[") && !path.hasPrefix("..") && !path.hasPrefix("@") && !path.hasPrefix("$")
        let template = (isBare ? "{." : "{") + path + "}"
        self.text = text
        parts = try JSONPathParser(template, shift: start - (isBare ? 2 : 1)).template()
    }

    /// What each part of the template selects; a text selects itself.
    package func results(in root: YAMLNode) throws(JSONPathError) -> [[YAMLNode]] {
        try Self.results(parts, in: root)
    }

    /// The template with what it selects filled in: values of one expression with spaces between, lists and mappings as JSON.
    ///
    /// - Parameter spell: how a string that comes from `root` is written.
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
                // What is written in the template itself comes from nowhere.
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

/// What is wrong with an expression, or with what it is applied to.
package struct JSONPathError: Error, Equatable {
    /// Where in the expression, counted in characters from 1.
    package var position: Int
    package var reason: String
    /// The expression is wrong whatever it is applied to.
    package var isSyntax: Bool
}
