/// All series of one metric, which differ in the values of their labels.
package struct MetricFamily: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        case counter
        case gauge
        /// With the upper bounds of its buckets, ascending, without the infinite one.
        case histogram([Double])
    }

    /// What a histogram has seen.
    private struct Distribution: Equatable {
        /// As many as there are bounds; not cumulated.
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

    /// - Parameter startsAtZero: what has not happened yet is 0, not missing, because a rate needs a beginning: a series for
    ///   each combination of the labels' values. Only for labels whose values are known.
    package init(
        _ name: String, _ kind: Kind, _ help: String, labels: [MetricLabel] = [], startsAtZero: Bool = false
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
    ///   - amount: for a counter not below 0.
    ///   - labelValues: one for each label.
    package mutating func add(_ amount: Double = 1, _ labelValues: String...) {
        guard kind != .counter || amount >= 0 else { return }
        values[closed(labelValues), default: 0] += amount
    }

    package mutating func set(_ value: Double, _ labelValues: String...) {
        values[closed(labelValues)] = value
    }

    /// What is not a number is not counted: it would take the sum with it.
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

    /// As many values as there are labels, each of those that its label may take.
    private func closed(_ labelValues: [String]) -> [String] {
        labels.enumerated().map { index, label in
            index < labelValues.count ? label.closed(labelValues[index]) : MetricLabel.other
        }
    }

    /// Prometheus' text format 0.0.4: comments, then a line a series, by label values.
    package var text: String {
        var text = "# HELP \(name) \(PrometheusText.help(help))\n# TYPE \(name) \(kind.name)\n"
        for (labelValues, value) in values.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            text += line(name, pairs(labelValues), value)
        }
        guard case .histogram(let bounds) = kind else { return text }
        for (labelValues, distribution) in distributions.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            let pairs = pairs(labelValues)
            var count = 0
            for (bound, inBucket) in zip(bounds, distribution.buckets) {
                count += inBucket
                text += line("\(name)_bucket", pairs + [("le", PrometheusText.number(bound))], Double(count))
            }
            text += line("\(name)_bucket", pairs + [("le", "+Inf")], Double(distribution.count))
            text += line("\(name)_sum", pairs, distribution.sum)
            text += line("\(name)_count", pairs, Double(distribution.count))
        }
        return text
    }

    private func pairs(_ labelValues: [String]) -> [(String, String)] {
        Array(zip(labels.map(\.name), labelValues))
    }

    private func line(_ name: String, _ pairs: [(String, String)], _ value: Double) -> String {
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
