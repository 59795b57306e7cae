/// One value of a YAML or JSON document with its position.
package struct YAMLNode: Sendable, Equatable {
    package indirect enum Value: Sendable, Equatable {
        case null
        case bool(Bool)
        case integer(Int64)
        /// A number that does not fit an Int64; written like Go's JSON encoder does.
        case float(Double)
        case string(String)
        case sequence([YAMLNode])
        /// In document order; keys are unique (the last one wins, as in kubectl).
        case mapping([(key: String, value: YAMLNode)])

        package static func == (left: Value, right: Value) -> Bool {
            switch (left, right) {
            case (.null, .null): true
            case (.bool(let a), .bool(let b)): a == b
            case (.integer(let a), .integer(let b)): a == b
            case (.float(let a), .float(let b)): a == b
            case (.string(let a), .string(let b)): a == b
            case (.sequence(let a), .sequence(let b)): a == b
            case (.mapping(let a), .mapping(let b)): a.elementsEqual(b, by: ==)
            default: false
            }
        }
    }

    /// Line and column, counted from 1; the column in characters.
    package struct Position: Sendable, Equatable {
        package var line: Int
        package var column: Int

        package init(line: Int, column: Int) {
            self.line = line
            self.column = column
        }
    }

    package var value: Value
    /// Nil for a node that was not read from a document.
    package var position: Position?

    package init(_ value: Value, at position: Position? = nil) {
        self.value = value
        self.position = position
    }
}
