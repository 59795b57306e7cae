/// All series of one metric, which differ in their label values.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// Contains the upper bounds of the buckets in ascending order, without +Inf.
        case histogram([Double])
    }

    /// The observations of one histogram series.
    private struct Distribution: Equatable {
        /// One count per bound, not cumulative.
        var buckets: [Int]
        var sum = 0.0
        var count = 0

        init(_ bounds: [Double]) {
            buckets = [Int](repeating: 0, count: bounds.count)
        }
    }

    package let name: String
    let help: String
    let kind: Kind
    package let labels: [MetricLabel]
    private var values: [[String]: Double] = [:]
    private var distributions: [[String]: Distribution] = [:]

    /// - Parameter startsAtZero: creates a series of value 0 for each combination of label values, because a rate needs
    ///   a first sample; only for labels with known values.
    package init(
        _ name: String, _ kind: Kind, help: String, labels: [MetricLabel] = [], startsAtZero: Bool = false
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.labels = labels
        guard startsAtZero else { return }
        let series = labels.reduce([[]]) { series, label in
            series.flatMap { before in (label.values ?? []).map { before + [$0] } }
        }
        for labelValues in series { start(labelValues) }
    }

    /// - Parameters:
    ///   - amount: not negative for a counter; a negative one is ignored.
    ///   - labelValues: one per label.
    package mutating func add(_ amount: Double = 1, _ labelValues: String...) {
        guard kind != .counter || amount >= 0 else { return }
        values[closed(labelValues), default: 0] += amount
    }

    package mutating func set(_ value: Double, _ labelValues: String...) {
        values[closed(labelValues)] = value
    }

    /// Sets every series that exists.
    package mutating func setAll(_ value: Double) {
        for labelValues in values.keys { values[labelValues] = value }
    }

    /// Adds an observation; NaN is ignored, because it would make the sum NaN.
    package mutating func observe(_ value: Double, _ labelValues: String...) {
        guard case .histogram(let bounds) = kind, !value.isNaN else { return }
        var distribution = distributions[closed(labelValues)] ?? Distribution(bounds)
        if let bucket = bounds.firstIndex(where: { value <= $0 }) { distribution.buckets[bucket] += 1 }
        distribution.sum += value
        distribution.count += 1
        distributions[closed(labelValues)] = distribution
    }

    private mutating func start(_ labelValues: [String]) {
        if case .histogram(let bounds) = kind {
            distributions[labelValues] = Distribution(bounds)
        } else {
            values[labelValues] = 0
        }
    }

    /// Returns one value per label, restricted to the values the label allows.
    private func closed(_ labelValues: [String]) -> [String] {
        labels.enumerated().map { index, label in
            index < labelValues.count ? label.closed(labelValues[index]) : MetricLabel.other
        }
    }

    /// The family in Prometheus' text format 0.0.4: comments, then one line per series, sorted by label values.
    package var text: String {
        var text = "# HELP \(name) \(PrometheusText.help(help))\n# TYPE \(name) \(kind.name)\n"
        for (labelValues, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text += line(name, labels: pairs(labelValues), value: value)
        }
        guard case .histogram(let bounds) = kind else { return text }
        for (labelValues, distribution) in distributions.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let pairs = pairs(labelValues)
            var count = 0
            for (bound, inBucket) in zip(bounds, distribution.buckets) {
                count += inBucket
                text += line(
                    "\(name)_bucket", labels: pairs + [("le", PrometheusText.number(bound))], value: Double(count))
            }
            text += line("\(name)_bucket", labels: pairs + [("le", "+Inf")], value: Double(distribution.count))
            text += line("\(name)_sum", labels: pairs, value: distribution.sum)
            text += line("\(name)_count", labels: pairs, value: Double(distribution.count))
        }
        return text
    }

    private func pairs(_ labelValues: [String]) -> [(String, String)] {
        Array(zip(labels.map(\.name), labelValues))
    }

    private func line(_ name: String, labels pairs: [(String, String)], value: Double) -> String {
        let inside = pairs.map { "\($0.0)=\"\(PrometheusText.label($0.1))\"" }.joined(separator: ",")
        return "\(name)\(inside.isEmpty ? "" : "{\(inside)}") \(PrometheusText.number(value))\n"
    }
}

extension MetricFamily.Kind {
    fileprivate var name: String {
        switch self {
        case .counter: "counter"
        case .gauge: "gauge"
        case .histogram: "histogram"
        }
    }
}
