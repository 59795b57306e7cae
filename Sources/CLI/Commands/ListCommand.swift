internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts
internal import YAML

struct ListCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Shows the Rollouts that are Degraded by ProgressDeadlineExceeded, and why.",
        usage: "kubectl rollout-heal list [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal list -A               # in all namespaces
              kubectl rollout-heal list -n shop -o wide  # with the message
              kubectl rollout-heal list --all            # every Rollout
              kubectl rollout-heal list -A --exit-code   # status 10 if any
              kubectl get rollouts,rs -A -o json | kubectl rollout-heal list -f -
            """)

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @Flag(help: "Every Rollout, not only those that match the rule.")
    var all = false

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "wide, json, yaml or name.")
    var output: String?

    @Flag(help: "No line of column names.")
    var noHeaders = false

    @Flag(help: "Exit with 10 when something matches.")
    var exitCode = false

    @Flag(help: "With -A, ask for what is stored now instead of what the API server has cached.")
    var fresh = false

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        parsing: .unconditional,
        help: ArgumentHelp("Judge the objects in a file (- is stdin) instead of a cluster's.", valueName: "file"))
    var filename: String?

    @Option(parsing: .unconditional, help: "auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let format = try outputFormat(output, allowed: OutputFormat.allCases)
        if let filename { return try judge(filename, format, world) }
        try connection.checkNamespace()
        _ = try scope.scope(names: names, namespace: "")
        return try await interruptible { try await list(format, world) }
    }

    private func list(_ format: OutputFormat, _ world: World) async throws -> ExitStatus {
        let session = try Session(connection, in: world)
        let wanted = try scope.scope(names: names, namespace: session.connection.namespace)
        let freshness: ListOptions.Freshness = wanted.namespace == nil && !fresh ? .cached : .latest
        let result = try await ListRollouts(session.api, rule: HealRule(), all: all, freshness: freshness)(wanted)
        let status = show(
            result.found, format, now: session.api.now, namespace: wanted.namespace, world,
            saysNone: result.failures.isEmpty)
        if let denied = result.found.first(where: \.lacksEvidence) {
            world.console.err(ErrorReport.evidenceWarning(namespace: denied.namespace))
        }
        return result.failures.reduce(status) { $0.combined(with: ErrorReport($1.error).print(on: world.console)) }
    }

    private func judge(_ filename: String, _ format: OutputFormat, _ world: World) throws -> ExitStatus {
        if !names.isEmpty || scope.selector != nil {
            throw UsageError.conflict("names and selectors cannot be combined with --filename")
        }
        try connection.checkNamespace()
        let file = filename == "-" ? "stdin" : filename
        var objects = JudgeObjects(file: file, all: all, namespace: connection.namespace)
        try ObjectFile.read(filename, world) { try objects.feed($0) }
        let now = Timestamp(secondsSince1970: world.time.wallClock())
        let found = try objects.finish(HealRule(), now: now)
        return show(found, format, now: now, namespace: connection.namespace, world, saysNone: true)
    }

    private func show(
        _ found: [Assessment], _ format: OutputFormat, now: Timestamp, namespace: String?, _ world: World,
        saysNone: Bool
    ) -> ExitStatus {
        let style = Style(isColored: world.console.usesColor(color, variables: world.host.variables))
        switch format {
        case .json: world.console.out(DiagnosisList.node(found).json(pretty: true) + "\n")
        case .yaml: world.console.out(DiagnosisList.node(found).yaml())
        case .name: world.console.out(found.map { "rollout.argoproj.io/\($0.name.safeForTerminal)\n" }.joined())
        case .table, .wide:
            let table = RolloutTable(showsNamespace: namespace == nil, isWide: format == .wide, now: now, style: style)
            if !found.isEmpty { world.console.out(table.text(found, hasHeader: !noHeaders)) }
        }
        if found.isEmpty, saysNone, format != .json, format != .yaml {
            let kind = all ? "rollouts" : "degraded rollouts"
            world.console.err("No \(kind) found" + (namespace.map { " in \($0) namespace" } ?? "") + ".\n")
        }
        return exitCode && found.contains { $0.verdict != nil } ? .found : .success
    }
}
