internal import Documents

/// One field of what programs read: its name, and what it says of a row. Names, order and nulls are a promise.
struct Field<Row>: Sendable {
    var name: String
    var value: @Sendable (Row) -> YAMLNode

    init(_ name: String, _ value: @escaping @Sendable (Row) -> YAMLNode) {
        self.name = name
        self.value = value
    }
}

extension YAMLNode {
    static func object<Row>(_ fields: [Field<Row>], of row: Row) -> YAMLNode {
        YAMLNode(.mapping(fields.map { ($0.name, $0.value(row)) }))
    }

    static func list<Row>(_ rows: [Row], _ fields: [Field<Row>]) -> YAMLNode {
        YAMLNode(.sequence(rows.map { .object(fields, of: $0) }))
    }

    static func text(_ text: String?) -> YAMLNode {
        YAMLNode(text.map { .string($0) } ?? .null)
    }

    static func number(_ number: Int64?) -> YAMLNode {
        YAMLNode(number.map { .integer($0) } ?? .null)
    }

    static func flag(_ flag: Bool?) -> YAMLNode {
        YAMLNode(flag.map { .bool($0) } ?? .null)
    }
}
