/// A label with its allowed values: each value is a series, which lives as long as the process.
package struct MetricLabel: Sendable, Equatable, ExpressibleByStringLiteral {
    /// Replaces every value that is not allowed.
    package static let other = "other"

    package let name: String
    /// Nil allows any value, for callers with a closed set of their own.
    let values: Set<String>?

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = Set(values)
    }

    /// Allows the raw values of `type` only.
    package init<Value>(_ name: String, _ type: Value.Type)
    where Value: CaseIterable & RawRepresentable, Value.RawValue == String {
        self.init(name, Value.allCases.map(\.rawValue))
    }

    package init(stringLiteral name: String) {
        self.name = name
        values = nil
    }

    func closed(_ value: String) -> String {
        values?.contains(value) ?? true ? value : Self.other
    }
}
