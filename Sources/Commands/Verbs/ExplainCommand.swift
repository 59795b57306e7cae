internal import ArgumentParser
internal import Formats
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct ExplainCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show the evidence for the diagnosis of each Rollout, every gate, and what heal would do.",
        usage: "kubectl rollout-heal explain [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal explain web -n shop
              kubectl rollout-heal explain web --allow-sole-pod
              kubectl rollout-heal explain -A               # all that need attention
              kubectl rollout-heal explain web -o json
              kubectl get ro,rs,pods -o yaml | kubectl rollout-heal explain -f -
            """)

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or yaml.")
    var output: String?

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        parsing: .unconditional,
        help: ArgumentHelp(
            "Explain the objects in a file (- for stdin) instead of those in a cluster.", valueName: "file"))
    var filename: String?

    @OptionGroup var ruleOptions: RuleOptions

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let format = try outputFormat(output, allowed: [.table, .json, .yaml])
        let rule = try ruleOptions.rule(world.console)
        let report = ExplanationReport(
            format: format,
            screen: ExplanationScreen(style: Style(color, world), flags: connection.repeated(with: ruleOptions)),
            rule: rule,
            isNamed: !names.isEmpty)
        try connection.checkNamespace()
        if let filename {
            if scope.selector != nil { throw UsageError.conflict("--selector and --filename cannot be used together") }
            if scope.namespaceSelector != nil {
                throw UsageError.conflict("--namespace-selector and --filename cannot be used together")
            }
            let result = try explain(file: filename, rule, world)
            return report.print(result, namespace: connection.flags.namespace, on: world.console)
        }
        _ = try scope.scope(names: names, namespace: "", mayFilter: true)
        return try await interruptible {
            let (result, namespace) = try await world.withProgress { world, line in
                line.show(.reading(count: 0, total: nil))
                let session = try Session(connection, as: .explain, in: world)
                let wanted = try scope.scope(
                    names: names, namespace: session.connection.namespace, mayFilter: true)
                let known = try await session.knowing(rule, wanted, world.console)
                let result = try await ExplainRollouts(session.api, rule: known).explain(wanted)
                return (result, wanted.namespace)
            }
            return report.print(result, namespace: namespace, on: world.console)
        }
    }

    private func explain(file: String, _ rule: HealRule, _ world: World) throws -> ExplainRollouts.Result {
        let namespace = connection.flags.namespace
        let ids = try names.map { try ScopeOptions.rolloutID($0, in: namespace ?? "") }.uniqued()
        var objects = JudgeObjects(
            file: file == "-" ? "stdin" : file, all: !ids.isEmpty, namespace: namespace, takesPods: true)
        try ObjectFile.read(file, world) { try objects.feed($0) }
        return try objects.explain(ids, rule, now: Timestamp(secondsSince1970: world.time.wallClock()))
    }
}
