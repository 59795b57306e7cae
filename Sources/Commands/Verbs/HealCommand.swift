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

    @OptionGroup var selected: NameArguments

    @OptionGroup var scope: ScopeOptions

    @OptionGroup var ruleOptions: RuleOptions

    @OptionGroup var settling: SettleOption

    @OptionGroup var storming: StormOption

    @OptionGroup var writing: DryRunOption

    @OptionGroup var reporting: ReportOption

    @OptionGroup var waiting: WaitOption

    @OptionGroup var patience: TimeoutOption

    @OptionGroup var confirming: ConfirmationOption

    @OptionGroup var tracking: ApplicationOption

    @OptionGroup var notifying: NotifyOptions

    @OptionGroup var recording: EventsOption

    @OptionGroup var coloring: ColorOption

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        try await run(in: world, application: try tracking.application(names: selected.names))
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
        options.waits = try waiting.value(hasAgreed: confirming.yes || writing.dryRun != .none)
        let format = try reporting.format()
        _ = try notifying.targets()
        try connection.checkNamespace()
        _ = try scope.scope(names: selected.names, namespace: "")
        try scope.refuseBlankSelector()
        return try await interruptible { [options] in
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) { world, line in
                let session = try Session(connection, as: .heal, in: world)
                var wanted = try scope.scope(names: selected.names, namespace: session.connection.namespace)
                wanted.application = application
                let isDryRun = options.dryRun != .none
                let senders = try notifying.senders(session, in: world, verbosity: connection.verbosity.level) { text in
                    world.console.err("warning: \(text.safeForTerminal)\n")
                }
                let aftermath = Aftermath(
                    session, in: world, maxRestarts: options.rule.maxRestarts,
                    writesEvents: !recording.noEvents && !isDryRun, senders: isDryRun ? [] : senders)
                var run = HealRun(
                    session: session, scope: wanted, options: options, storm: storm, format: format,
                    asks: !confirming.yes,
                    color: coloring.color, world: world, line: line)
                if !isDryRun { run.steps = aftermath.steps }
                return try await aftermath.around { [run] in try await run.run() }
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

    @OptionGroup var consent: ConsentOptions

    @OptionGroup var writing: DryRunOption

    @OptionGroup var reporting: ReportOption

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Maximum time that the refresh may take to help.", valueName: "time"))
    var timeout = "30s"

    @OptionGroup var recording: EventsOption

    @OptionGroup var coloring: ColorOption

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        var options = HealRollouts.Options()
        try consent.apply(to: &options.rule)
        options.refreshOnly = true
        options.force = force
        options.patience = try duration(timeout, flag: "--timeout")
        options.dryRun = writing.dryRun
        let format = try reporting.format()
        try connection.checkNamespace()
        for name in names { _ = try ScopeOptions.rolloutID(name, in: "") }
        return try await interruptible { [options] in
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) { world, line in
                let session = try Session(connection, as: .refresh, in: world)
                let ids = try names.map { try ScopeOptions.rolloutID($0, in: session.connection.namespace) }
                let isDryRun = options.dryRun != .none
                let aftermath = Aftermath(
                    session, in: world, maxRestarts: options.rule.maxRestarts,
                    writesEvents: !recording.noEvents && !isDryRun)
                var run = HealRun(
                    session: session, scope: Scope(ids.uniqued()), options: options, format: format, asks: false,
                    color: coloring.color, world: world, line: line)
                if !isDryRun { run.steps = aftermath.steps }
                return try await aftermath.around { [run] in try await run.run() }
            }
        }
    }
}
