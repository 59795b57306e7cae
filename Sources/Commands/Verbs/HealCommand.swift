internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct HealCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "heal",
        abstract: "Heal Rollouts: refresh them, which evicts no pod, and restart only those still stuck.",
        usage: "kubectl rollout-heal heal [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal heal -n shop                   # all that need attention
              kubectl rollout-heal heal web -n shop               # this one
              kubectl rollout-heal heal -A --dry-run=client       # change nothing
              kubectl rollout-heal heal -n shop --argocd-app checkout
            """)

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @OptionGroup var ruleOptions: RuleOptions

    @OptionGroup var settling: SettleOption

    @OptionGroup var storming: StormOption

    @OptionGroup var writing: WriteOptions

    @OptionGroup var waiting: WaitOption

    @OptionGroup var patience: TimeoutOption

    @Flag(name: [.short, .customLong("yes")], help: "Do not ask for confirmation.")
    var yes = false

    @OptionGroup var tracking: ApplicationOption

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        try await run(in: world, application: try tracking.application(names: names))
    }

    /// - Parameter application: of Argo CD; nil for any.
    func run(in world: World, application: Scope.Application?) async throws -> ExitStatus {
        var options = HealRollouts.Options()
        options.rule = try ruleOptions.rule(world.console)
        options.settle = try settling.value()
        let storm = try storming.value()
        if options.rule.policy == .rule {
            throw UsageError.badValue(
                flag: "--policy", value: Policy.rule.rawValue,
                reason: "heal requires strict; restart --policy rule restarts every match")
        }
        options.timeout = try patience.value()
        options.dryRun = writing.dryRun
        options.waits = try waiting.value(hasAgreed: yes || writing.dryRun != .none)
        let format = try outputFormat(writing.output, allowed: [.table, .json, .name])
        try connection.checkNamespace()
        _ = try scope.scope(names: names, namespace: "")
        try scope.refuseBlankSelector()
        return try await interruptible { [options] in
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) { world, line in
                let session = try Session(connection, in: world)
                var wanted = try scope.scope(names: names, namespace: session.connection.namespace)
                wanted.application = application
                let run = HealRun(
                    session: session, scope: wanted, options: options, storm: storm, format: format, asks: !yes,
                    color: color,
                    world: world, line: line)
                return try await run.run()
            }
        }
    }
}

struct RefreshCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "refresh",
        abstract: "Make the controller reconcile a Rollout, with a metadata write that evicts no pod.",
        usage: "kubectl rollout-heal refresh NAME... [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal refresh web -n shop
              kubectl rollout-heal refresh web --force             # without a second evidence read
              kubectl rollout-heal refresh web --dry-run=server    # persist nothing
            """)

    @Argument(help: ArgumentHelp("Names of the Rollouts.", valueName: "NAME"))
    var names: [String]

    @Flag(help: "Skip the second evidence read, and ignore how recent the last refresh is.")
    var force = false

    @OptionGroup var writing: WriteOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Maximum time that the refresh may take to help.", valueName: "time"))
    var timeout = "30s"

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        var options = HealRollouts.Options()
        options.refreshOnly = true
        options.force = force
        options.patience = try duration(timeout, flag: "--timeout")
        options.dryRun = writing.dryRun
        let format = try outputFormat(writing.output, allowed: [.table, .json, .name])
        try connection.checkNamespace()
        for name in names { _ = try ScopeOptions.rolloutID(name, in: "") }
        return try await interruptible { [options] in
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) { world, line in
                let session = try Session(connection, in: world)
                let ids = try names.map { try ScopeOptions.rolloutID($0, in: session.connection.namespace) }
                let run = HealRun(
                    session: session, scope: Scope(ids.uniqued()), options: options, format: format, asks: false,
                    color: color, world: world, line: line)
                return try await run.run()
            }
        }
    }
}

/// The options that every healing command has.
struct WriteOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("none, client (send nothing) or server (send, persist nothing), written --dry-run=client."))
    var dryRun = RestartOutcome.DryRun.none

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or name.")
    var output: String?
}
