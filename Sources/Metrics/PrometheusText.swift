/// Escapes and numbers in Prometheus' text format.
enum PrometheusText {
    static func help(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }

    static func label(_ text: String) -> String {
        help(text).replacing("\"", with: "\\\"")
    }

    /// Formats a number; whole numbers have no fraction.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return Int64(exactly: value).map { String($0) } ?? String(value)
    }
}
