internal import ArgumentParser
internal import KubeConfig

/// Several clusters at once, by the names of their contexts.
struct ContextsOption: ParsableArguments {
    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Query all matching contexts at once: 'prod-*,stage-eu'; may be repeated.", valueName: "pattern"))
    var contexts: [String] = []

    var isGiven: Bool { !contexts.isEmpty }

    /// Each part of what was typed.
    func patterns() throws(UsageError) -> [String] {
        let parts = contexts.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
        if let index = parts.firstIndex(where: { $0.contains("") }) {
            throw .badValue(flag: "--contexts", value: contexts[index], reason: "a pattern is empty")
        }
        return parts.flatMap { $0 }
    }

    /// What belongs to one cluster says nothing about several; above all, no credential goes to all of them.
    func check(against connection: ConnectionOptions) throws(UsageError) {
        if let other = connection.flags.given.first(where: { !$0.suitsSeveralClusters }) {
            throw .conflict("--contexts and --\(other.name) cannot be used together")
        }
    }
}
