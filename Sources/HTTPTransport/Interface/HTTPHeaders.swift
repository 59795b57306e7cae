/// Header fields in order; names are compared ignoring ASCII case.
package struct HTTPHeaders: Sendable, Equatable, ExpressibleByDictionaryLiteral {
    package struct Field: Sendable, Equatable {
        package var name: String
        package var value: String
    }

    package private(set) var fields: [Field]

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// The first value of `name`, or nil.
    package subscript(name: String) -> String? {
        all(name).first
    }

    /// Every value of `name`, in order.
    package func all(_ name: String) -> [String] {
        let wanted = name.lowercased()
        return fields.filter { $0.name.lowercased() == wanted }.map(\.value)
    }

    /// The same fields with transformed values.
    package func mapValues(_ change: (String) -> String) -> HTTPHeaders {
        var changed = self
        changed.fields = fields.map { Field(name: $0.name, value: change($0.value)) }
        return changed
    }

    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }
}
