internal import Documents

/// One field of JSON output: its name, its shape, and its value for a row. Names, order and nulls are stable.
struct Field<Row>: Sendable {
    var name: String
    var shape: Shape
    /// Nil if the field is left out.
    var value: @Sendable (Row) -> YAMLNode?
    private(set) var isAlways = true

    init(_ name: String, _ shape: Shape = .nullable(.text), _ value: @escaping @Sendable (Row) -> YAMLNode) {
        self.name = name
        self.shape = shape
        self.value = value
    }

    /// Creates a field that is present only if it has a meaning for the row.
    init(sometimes name: String, _ shape: Shape, _ value: @escaping @Sendable (Row) -> YAMLNode?) {
        self.name = name
        self.shape = shape
        self.value = value
        isAlways = false
    }

    var property: Shape.Property { Shape.Property(name: name, shape: shape, isAlways: isAlways) }

    /// The same field, of a row that is part of a `Whole`.
    func of<Whole>(_ part: @escaping @Sendable (Whole) -> Row) -> Field<Whole> {
        var field = Field<Whole>(sometimes: name, shape) { value(part($0)) }
        field.isAlways = isAlways
        return field
    }
}

extension YAMLNode {
    static func object<Row>(_ fields: [Field<Row>], of row: Row) -> YAMLNode {
        YAMLNode(.mapping(fields.compactMap { field in field.value(row).map { (field.name, $0) } }))
    }

    static func list<Row>(_ rows: [Row], _ fields: [Field<Row>]) -> YAMLNode {
        YAMLNode(.sequence(rows.map { .object(fields, of: $0) }))
    }

    /// A list of items with a kind, as the JSON output has it.
    static func document(_ kind: String, _ more: [(key: String, value: YAMLNode)] = [], items: [YAMLNode]) -> YAMLNode {
        YAMLNode(
            .mapping(
                [("apiVersion", .text(DiagnosisList.apiVersion)), ("kind", .text(kind))] + more
                    + [("items", YAMLNode(.sequence(items)))]))
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
