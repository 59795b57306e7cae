internal import Formats
internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct ListCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List Rollouts that timed out or whose status comes from a stale cache, with a diagnosis.",
        usage: "kubectl rollout-heal list [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal list -A               # in all namespaces
              kubectl rollout-heal list -n shop -o wide  # with the message
              kubectl rollout-heal list --all            # every Rollout
              kubectl rollout-heal list -A --exit-code   # status 10 if any
              kubectl rollout-heal list -A --contexts 'prod-*'
              kubectl rollout-heal list -A --sort-by=.since
              kubectl rollout-heal list -A -o custom-columns=NAME:.name,WHY:.reason
              kubectl rollout-heal list -o jsonpath='{.items[*].name}'
              kubectl get rollouts,rs -A -o json | kubectl rollout-heal list -f -
            """)

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @Flag(help: "List every Rollout, not only those that need attention.")
    var all = false

    @Option(
        name: [.short, .customLong("output")], parsing: .unconditional,
        help: "Output format: wide, json, yaml, name, jsonpath=TEMPLATE or custom-columns=HEADER:PATH")
    var output: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Sort by a field of -o json, given as a JSONPath: .since, .replicas.ready.", valueName: "path"))
    var sortBy: String?

    @Flag(name: [.customShort("w"), .customLong("watch")], help: "Go on watching: the same as the command watch.")
    var watch = false

    @Flag(help: "Do not print headers.")
    var noHeaders = false

    @Flag(help: "Exit with status 10 if any Rollout needs attention.")
    var exitCode = false

    @Flag(help: "With -A, read the latest state instead of what the API server has cached.")
    var fresh = false

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        parsing: .unconditional,
        help: ArgumentHelp(
            "Diagnose the objects in a file (- for stdin) instead of those in a cluster.", valueName: "file"))
    var filename: String?

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var contexts: ContextsOption

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        if watch { return try await watching().run(in: world) }
        let report = ListReport(
            format: try ListFormat(output), style: Style(color, world), hasHeader: !noHeaders,
            all: all || !names.isEmpty, order: try sortBy.map { try SortOrder($0) })
        if contexts.isGiven {
            if filename != nil { throw UsageError.conflict("--contexts and --filename cannot be used together") }
            try contexts.check(against: connection)
            if case .name = report.format {
                throw UsageError.conflict("-o name does not say which cluster: use -o json with --contexts")
            }
            _ = try contexts.patterns()
        }
        if let filename {
            return try status(of: [try judge(filename, world)]) { try report.print($0, on: world.console) }
        }
        try connection.checkNamespace()
        _ = try scope.scope(names: names, namespace: "", mayFilter: true)
        return try await interruptible {
            let rows = EarlyRows()
            let findings = try await world.withProgress { world, line in
                if contexts.isGiven { return try await findInClusters(world, line) }
                let isByRow = report.format.isByRow && report.order == nil && names.isEmpty
                let findings = try await find(connection, world, countWith: line.countWith) {
                    line.show(.reading(count: $0.items, total: $0.total))
                } early: {
                    if isByRow { report.printEarly($0, rows, on: world.console) }
                }
                return [findings]
            }
            return try status(of: findings) { try report.print($0, after: rows, on: world.console) }
        }
    }

    /// Lists the Rollouts of one cluster.
    ///
    /// - Parameters:
    ///   - countWith: receives the function that requests the number of Rollouts, for the progress line.
    ///   - early: receives Rollouts with a final diagnosis while evidence reads of others continue.
    func find(
        _ connection: ConnectionOptions, _ world: World, countWith: (@escaping ProgressLine.Count) -> Void = { _ in },
        progress: @escaping @Sendable (ListProgress) -> Void, early: (Findings) -> Void = { _ in }
    ) async throws -> Findings {
        progress(ListProgress())
        let session = try Session(connection, as: .list, in: world, warnsOfFiles: !contexts.isGiven)
        let wanted = try scope.scope(names: names, namespace: session.connection.namespace, mayFilter: true)
        if names.isEmpty { countWith { [api = session.api] in await api.count(in: wanted) } }
        let freshness: ListOptions.Freshness = wanted.namespace == nil && !fresh ? .cached : .latest
        let result = try await ListRollouts(session.api, rule: HealRule(), all: all, freshness: freshness).list(
            wanted, progress: progress
        ) { sure in
            early(Findings(found: sure, namespace: wanted.namespace, now: session.api.now))
        }
        return Findings(
            found: result.found, failures: result.failures.map(\.error), leftOut: result.leftOut,
            moved: result.moved, namespace: result.moved.isEmpty ? wanted.namespace : nil, now: session.api.now)
    }

    private func judge(_ filename: String, _ world: World) throws -> Findings {
        if !names.isEmpty || scope.selector != nil || scope.namespaceSelector != nil {
            throw UsageError.conflict("names and selectors cannot be combined with --filename")
        }
        try connection.checkNamespace()
        let file = filename == "-" ? "stdin" : filename
        var objects = JudgeObjects(file: file, all: all, namespace: connection.flags.namespace)
        try ObjectFile.read(filename, world) { try objects.feed($0) }
        let now = Timestamp(secondsSince1970: world.time.wallClock())
        let result = try objects.finish(HealRule(), now: now)
        return Findings(
            found: result.found, leftOut: result.leftOut, namespace: connection.flags.namespace, now: now)
    }

    /// - Parameter print: returns the exit status for objects that could not be read.
    private func status(of findings: [Findings], print: ([Findings]) throws -> ExitStatus) rethrows -> ExitStatus {
        let status = try print(findings)
        let isFound = exitCode && findings.contains { $0.found.contains { $0.needsAttention } }
        return isFound ? status.combined(with: .found) : status
    }
}
