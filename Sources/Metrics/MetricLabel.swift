/// A label, and the values it may take: each value is a series, and a series stays for as long as the process.
package struct MetricLabel: Sendable, Equatable, ExpressibleByStringLiteral {
    /// Stands for every value that nobody foresaw.
    package static let other = "other"

    let name: String
    /// Nil takes any; for what callers take from an enum.
    private let values: Set<String>?

    package init(_ name: String, _ values: [String]) {
        self.name = name
        self.values = Set(values)
    }

    package init(stringLiteral name: String) {
        self.name = name
        values = nil
    }

    func closed(_ value: String) -> String {
        values?.contains(value) ?? true ? value : Self.other
    }
}
