internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct RestartCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restart stuck Rollouts once, and follow each until it is Healthy.",
        usage: "kubectl rollout-heal restart [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal restart -n shop               # all that are stuck
              kubectl rollout-heal restart web -n shop           # this one, until Healthy
              kubectl rollout-heal restart -A --dry-run=client   # change nothing
              kubectl rollout-heal restart -A --policy rule      # all that match
              kubectl rollout-heal restart --cancel web -n shop  # take it back
              kubectl rollout-heal restart -n shop --argocd-app checkout
            """)

    @OptionGroup var selected: NameArguments

    @OptionGroup var scope: ScopeOptions

    @OptionGroup var ruleOptions: RuleOptions

    @OptionGroup var settling: SettleOption

    @OptionGroup var storming: StormOption

    @Flag(help: "Do not refresh first; Rollouts not refreshed since the time-out are held back.")
    var noRefresh = false

    @OptionGroup var writing: DryRunOption

    @OptionGroup var waiting: WaitOption

    @OptionGroup var patience: TimeoutOption

    @OptionGroup var confirming: ConfirmationOption

    @Flag(help: "Take back the pending restart of each named Rollout.")
    var cancel = false

    @OptionGroup var tracking: ApplicationOption

    @OptionGroup var reporting: ReportOption

    @OptionGroup var recording: EventsOption

    @OptionGroup var coloring: ColorOption

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let application = try tracking.application(names: selected.names)
        let format = try reporting.format()
        let rule = try ruleOptions.rule(world.console)
        let settle = try settling.value()
        let storm = try storming.value()
        let patience = try patience.value()
        let dryRun = writing.dryRun
        try connection.checkNamespace()
        _ = try scope.scope(names: selected.names, namespace: "")
        try scope.refuseBlankSelector()
        if cancel, selected.names.isEmpty { throw UsageError.conflict("--cancel needs the name of a Rollout") }
        let waits = try waiting.value(hasAgreed: confirming.yes || cancel || dryRun != .none)
        return try await interruptible {
            // A table or names are printed during the work, perhaps to a pager, whose screen progress would disturb.
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) { world, line in
                let session = try Session(connection, as: .restart, in: world)
                var wanted = try scope.scope(names: selected.names, namespace: session.connection.namespace)
                wanted.application = application
                let restart = RestartRollouts(
                    session.api, rule: rule, settle: settle, dryRun: dryRun, timeout: patience,
                    refreshing: noRefresh ? nil : .before(restart: rule, dryRun, session.api))
                let aftermath = Aftermath(
                    session, in: world, maxRestarts: rule.maxRestarts,
                    writesEvents: !recording.noEvents && dryRun == .none)
                var run = RestartRun(
                    session: session, scope: wanted, restart: restart, storm: storm, patience: waits ? patience : nil,
                    dryRun: dryRun, format: format, asks: !confirming.yes, color: coloring.color, world: world,
                    line: line)
                if dryRun == .none { run.steps = aftermath.steps }
                return try await aftermath.around { [run] in cancel ? await run.cancel() : try await run.run() }
            }
        }
    }
}

extension HealRollouts {
    /// The refresh before a restart, under the same rule.
    static func before(
        restart rule: HealRule, _ dryRun: RestartOutcome.DryRun, _ api: RolloutAPI
    ) -> HealRollouts {
        var options = HealRollouts.Options()
        options.rule = rule
        options.refreshOnly = true
        options.dryRun = dryRun
        return HealRollouts(api, options)
    }
}
