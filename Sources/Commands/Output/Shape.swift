internal import Rollouts

/// What a value of JSON can be: the part of JSON Schema that our output needs. docs/schemas is made of it.
indirect enum Shape: Sendable {
    case text
    /// RFC 3339.
    case time
    case number
    case flag
    /// One of these texts.
    case word([String])
    case list(Shape)
    case object([Property])
    /// Or null, where it is not known.
    case nullable(Shape)

    struct Property: Sendable {
        var name: String
        var shape: Shape
        /// There in every object; else only where it means something.
        var isAlways = true
    }

    static func object<Row>(_ fields: [Field<Row>]) -> Shape {
        .object(fields.map(\.property))
    }

    static let diagnosis = Shape.word(Diagnosis.allCases.map(\.rawValue))
    static let gate = Shape.word(Gate.allCases.map(\.rawValue))

    /// One of the documents that have a list of items.
    static func document(_ kind: String, _ more: [Property] = [], items: Shape) -> Shape {
        .object(
            [
                Property(name: "apiVersion", shape: .word([DiagnosisList.apiVersion])),
                Property(name: "kind", shape: .word([kind])),
            ] + more + [Property(name: "items", shape: .list(items))])
    }
}
