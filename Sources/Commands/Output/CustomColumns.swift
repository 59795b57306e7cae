internal import Documents

/// `-o custom-columns=NAME:.name,READY:.replicas.ready`: a header and a path for each column.
struct CustomColumns {
    /// The text of a value that is missing.
    private static let none = "<none>"

    private let columns: [(header: String, path: Template)]

    init(_ text: String) throws {
        columns = try Self.parts(of: text).map { part in
            let words = part.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard words.count == 2 else {
                throw UsageError.conflict(
                    "unexpected custom-columns spec: \(part.safeForTerminal), expected <header>:<json-path-expr>")
            }
            return (words[0], try Template(relaxed: words[1]))
        }
    }

    func table(of items: [YAMLNode]) throws -> Table {
        let rows = try items.map { item in
            try columns.map { column in
                let values = try column.path.values(in: item)
                let cell = values.isEmpty ? Self.none : values.map(Self.text).joined(separator: ",")
                return Table.Cell(cell)
            }
        }
        return Table(header: columns.map(\.header), rows: rows)
    }

    /// Splits the text at commas, except within brackets, parentheses or quotes.
    private static func parts(of text: String) -> [String] {
        var parts = [""]
        var depth = 0
        var quote: Character?
        for character in text {
            switch character {
            case "\"" where quote == nil, "'" where quote == nil: quote = character
            case quote: quote = nil
            case "[" where quote == nil, "(" where quote == nil: depth += 1
            case "]" where quote == nil, ")" where quote == nil: depth -= 1
            case "," where quote == nil && depth <= 0:
                parts.append("")
                continue
            default: break
            }
            parts[parts.count - 1].append(character)
        }
        return parts
    }

    /// Formats a value as Go and kubectl do: `[a b]`, `map[a:1 b:2]`.
    private static func text(_ value: YAMLNode) -> String {
        if value.isNull { return none }
        if let text = value.string { return text }
        if let items = value.items { return "[" + items.map(text).joined(separator: " ") + "]" }
        guard let pairs = value.pairs else { return value.json(pretty: false) }
        let words = pairs.sorted { $0.key < $1.key }.map { "\($0.key):\(text($0.value))" }
        return "map[" + words.joined(separator: " ") + "]"
    }
}
