internal import ArgumentParser

/// Which metrics are served besides the common ones.
struct MetricsOptions: ParsableArguments {
    /// Each value is a few series, kept as long as the process and by Prometheus for longer.
    static let mostNamespaces = 100

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Also count by namespace, for the namespaces named; all others count as other. At most "
                + "\(MetricsOptions.mostNamespaces); may be repeated.", valueName: "names"))
    var metricsNamespaces: [String] = []

    func namespaces() throws(UsageError) -> [String] {
        let flag = "--metrics-namespaces"
        var names: [String] = []
        for text in metricsNamespaces {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                try checkNamespace(String(part), flag: flag)
                names.append(String(part))
            }
        }
        if names.count > Self.mostNamespaces {
            throw .badValue(
                flag: flag, value: "\(names.count) names", reason: "at most \(Self.mostNamespaces) are counted by name")
        }
        return names
    }
}
