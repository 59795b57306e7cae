/// A label, and the values it may take: each value is a series, and a series stays for as long as the process.
package struct MetricLabel: Sendable, Equatable, ExpressibleByStringLiteral {
    /// Stands for every value that nobody foresaw.
    package static let other = "other"

    package let name: String
    /// Nil takes any; for what callers take from a closed set.
    let values: Set<String>?

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = Set(values)
    }

    /// Takes the raw values of `type`, and no other.
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
