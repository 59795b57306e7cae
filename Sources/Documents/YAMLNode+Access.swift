extension YAMLNode {
    /// The value of a key; nil if the node is no mapping or lacks the key.
    package subscript(key: String) -> YAMLNode? {
        guard case .mapping(let pairs) = value else { return nil }
        return pairs.first { $0.key == key }?.value
    }

    package var isNull: Bool {
        if case .null = value { true } else { false }
    }

    package var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    package var bool: Bool? {
        if case .bool(let flag) = value { flag } else { nil }
    }

    package var integer: Int64? {
        if case .integer(let number) = value { number } else { nil }
    }

    /// Nil if the node is no sequence.
    package var items: [YAMLNode]? {
        if case .sequence(let items) = value { items } else { nil }
    }

    /// Nil if the node is no mapping.
    package var pairs: [(key: String, value: YAMLNode)]? {
        if case .mapping(let pairs) = value { pairs } else { nil }
    }

    /// The type for messages: "a string", "a number", "a list".
    package var kind: String {
        switch value {
        case .null: "null"
        case .bool: "a boolean"
        case .integer, .float: "a number"
        case .string: "a string"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}
