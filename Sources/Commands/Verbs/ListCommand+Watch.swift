internal import ArgumentParser

extension ListCommand {
    /// `list -w`: the command `watch` for the same Rollouts, without `--heal`.
    func watching() throws -> WatchCommand {
        let given: [(flag: String, isGiven: Bool)] = [
            ("--filename", filename != nil), ("--contexts", contexts.isGiven), ("--all", all),
            ("--exit-code", exitCode), ("--sort-by", sortBy != nil), ("--fresh", fresh), ("--no-headers", noHeaders),
        ]
        if let other = given.first(where: \.isGiven) {
            throw UsageError.conflict("--watch and \(other.flag) cannot be used together")
        }
        if !names.isEmpty { throw UsageError.conflict("names cannot be combined with --watch: use --selector") }
        if let output, output != "json" {
            throw UsageError.badValue(
                flag: "--output", value: output, reason: "--watch prints lines or, with json, JSON")
        }
        var watch = try WatchCommand.parse([])
        watch.scope = scope
        watch.output = output
        watch.color = color
        watch.connection = connection
        return watch
    }
}
