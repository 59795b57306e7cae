internal import Rollouts

/// The shape of a JSON value: the part of JSON Schema that the output needs, from which docs/schemas is generated.
indirect enum Shape: Sendable {
    case text
    /// RFC 3339.
    case time
    case number
    case flag
    /// One of these strings.
    case word([String])
    case list(Shape)
    case object([Property])
    /// The shape, or null if the value is unknown.
    case nullable(Shape)

    struct Property: Sendable {
        var name: String
        var shape: Shape
        /// Whether every object has the property; otherwise, only those for which it has a meaning.
        var isAlways = true
    }

    static func object<Row>(_ fields: [Field<Row>]) -> Shape {
        .object(fields.map(\.property))
    }

    static let diagnosis = Shape.word(Diagnosis.allCases.map(\.rawValue))
    static let gate = Shape.word(Gate.allCases.map(\.rawValue))

    /// A document with a list of items.
    static func document(_ kind: String, _ more: [Property] = [], items: Shape) -> Shape {
        .object(
            [
                Property(name: "apiVersion", shape: .word([DiagnosisList.apiVersion])),
                Property(name: "kind", shape: .word([kind])),
            ] + more + [Property(name: "items", shape: .list(items))])
    }
}
