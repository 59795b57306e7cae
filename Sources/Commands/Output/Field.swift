internal import Documents

/// One field of what programs read: its name, what it can be, and what it says of a row. Names, order and nulls are a promise.
struct Field<Row>: Sendable {
    var name: String
    var shape: Shape
    /// Nil where the field is left out.
    var value: @Sendable (Row) -> YAMLNode?
    private(set) var isAlways = true

    init(_ name: String, _ shape: Shape = .nullable(.text), _ value: @escaping @Sendable (Row) -> YAMLNode) {
        self.name = name
        self.shape = shape
        self.value = value
    }

    /// A field that is there only where it means something.
    init(sometimes name: String, _ shape: Shape, _ value: @escaping @Sendable (Row) -> YAMLNode?) {
        self.name = name
        self.shape = shape
        self.value = value
        isAlways = false
    }

    var property: Shape.Property { Shape.Property(name: name, shape: shape, isAlways: isAlways) }

    /// The same of a part of another row.
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

    /// A list of items with a kind, as programs read it.
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
