internal import ArgumentParser
internal import KubeConfig

/// Selects several clusters by the names of their contexts.
struct ContextsOption: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Query all matching contexts at once: 'prod-*,stage-eu'; may be repeated.", valueName: "pattern"))
    var contexts: [String] = []

    var isGiven: Bool { !contexts.isEmpty }

    /// The patterns, split at commas.
    ///
    /// - Throws: ``UsageError`` if one is empty.
    func patterns() throws(UsageError) -> [String] {
        let parts = contexts.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        if let index = parts.firstIndex(where: { $0.contains("") }) {
            throw .badValue(flag: "--contexts", value: contexts[index], reason: "a pattern is empty")
        }
        return parts.flatMap { $0 }
    }

    /// Rejects flags for a single cluster, above all credentials, which must not be sent to several clusters.
    func check(against connection: ConnectionOptions) throws(UsageError) {
        if let other = connection.flags.given.first(where: { !$0.suitsSeveralClusters }) {
            throw .conflict("--contexts and --\(other.name) cannot be used together")
        }
    }
}
