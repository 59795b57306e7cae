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

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @OptionGroup var ruleOptions: RuleOptions

    @OptionGroup var settling: SettleOption

    @OptionGroup var storming: StormOption

    @Flag(help: "Do not refresh first; Rollouts not refreshed since the time-out are held back.")
    var noRefresh = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("none, client (send nothing) or server (send, persist nothing), written --dry-run=client."))
    var dryRun = RestartOutcome.DryRun.none

    @OptionGroup var waiting: WaitOption

    @OptionGroup var patience: TimeoutOption

    @Flag(name: [.short, .customLong("yes")], help: "Do not ask for confirmation.")
    var yes = false

    @Flag(help: "Take back the pending restart of each named Rollout.")
    var cancel = false

    @OptionGroup var tracking: ApplicationOption

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "Output format: json or name.")
    var output: String?

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        try await run(in: world, application: try tracking.application(names: names))
    }

    /// - Parameter application: of Argo CD; nil for any.
    func run(in world: World, application: Scope.Application?) async throws -> ExitStatus {
        let format = try outputFormat(output, allowed: [.table, .json, .name])
        let rule = try ruleOptions.rule(world.console)
        let settle = try settling.value()
        _ = try storming.value()
        let patience = try patience.value()
        try connection.checkNamespace()
        _ = try scope.scope(names: names, namespace: "")
        try scope.refuseBlankSelector()
        if cancel, names.isEmpty { throw UsageError.conflict("--cancel needs the name of a Rollout") }
        let waits = try waiting.value(hasAgreed: yes || cancel || dryRun != .none)
        return try await interruptible {
            // A table or names are printed during the work, perhaps to a pager, whose screen progress would disturb.
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) {
                try await run(format, rule, settle, waits ? patience : nil, patience, application, $0, $1)
            }
        }
    }

    private func run(
        _ format: OutputFormat, _ rule: HealRule, _ settle: Duration, _ followed: Duration?, _ timeout: Duration,
        _ application: Scope.Application?, _ world: World, _ line: ProgressLine
    ) async throws -> ExitStatus {
        let session = try Session(connection, in: world)
        var wanted = try scope.scope(names: names, namespace: session.connection.namespace)
        wanted.application = application
        let report = RestartReport(
            format: format, dryRun: dryRun, showsNamespace: wanted.namespace == nil,
            isNamed: !names.isEmpty, world)
        let restart = RestartRollouts(
            session.api, rule: rule, settle: settle, dryRun: dryRun, timeout: timeout,
            refreshing: noRefresh ? nil : refreshing(session, rule))
        do {
            if cancel {
                for id in wanted.names {
                    await report.add(await restart.cancel(id))
                }
            } else {
                try await heal(wanted, restart, report, session, world, line)
                guard let followed, dryRun == .none else { return await report.finish() }
                try await follow(await report.restarted, followed, report, session, line)
            }
        } catch {
            await takeBack(report, session)
            _ = await report.finish()
            throw error
        }
        return await report.finish()
    }

    /// The refresh before the restart, under the same rule.
    private func refreshing(_ session: Session, _ rule: HealRule) -> HealRollouts {
        var options = HealRollouts.Options()
        options.rule = rule
        options.refreshOnly = true
        options.dryRun = dryRun
        return HealRollouts(session.api, options)
    }

    /// Takes back the requested restarts that were not followed to their end, if they had no effect.
    private func takeBack(_ report: RestartReport, _ session: Session) async {
        let restarts = await report.unfollowed
        if restarts.isEmpty || dryRun != .none { return }
        // In a separate task, because this one may be cancelled, and its requests with it.
        await Task {
            await FollowRestarts(session.api, timeout: .zero).takeBack(restarts) { await report.add($0) }
        }.value
    }

    private func heal(
        _ wanted: Scope, _ restarting: RestartRollouts, _ report: RestartReport, _ session: Session, _ world: World,
        _ line: ProgressLine
    ) async throws {
        var restart = restarting
        line.show(.reading(count: 0, total: nil))
        if names.isEmpty { line.countWith { [api = session.api] in await api.count(in: wanted) } }
        let read = try await restart.candidates(wanted) { line.show(.reading(count: $0.items, total: $0.total)) }
        if names.isEmpty {
            restart.rule.storm = .init(read.found, of: read.total, try storming.value(), now: session.api.now)
        }
        var candidates = read.found
        for failure in read.failures {
            await report.add(
                RestartOutcome(failure.id, .failed(failure.error)))
        }
        if let name = wanted.application?.name, let result = read.application {
            world.console.err(RestartReport.said(of: result, application: name, namespace: wanted.namespace))
        }
        let leftOut = LeftOut(degraded: read.otherDegraded)
        world.console.err(leftOut.note(isMore: false, namespace: wanted.namespace, hint: "list --all shows them"))
        if candidates.isEmpty, read.failures.isEmpty, leftOut.isEmpty {
            await report.noneFound(namespace: wanted.namespace)
        }
        if asks(candidates.count, world) {
            let plan = try await restart.plan(candidates)
            let question = Confirmation(session.connection, wanted, Style(color, world), now: session.api.now)
            line.clear()
            for outcome in plan.others { await report.add(outcome) }
            if plan.due.count > 1,
                !(await question.ask(
                    plan.assessments, "Restart \(plan.due.count) of the \(candidates.count) Rollouts that match?",
                    world.console))
            {
                world.console.err("Nothing was restarted.\n")
                return
            }
            // The user agreed to the plan only, although other Rollouts may be due by now.
            candidates = plan.due
        }
        line.show(.restarting(done: 0, of: candidates.count))
        let count = candidates.count
        let before = await report.count
        try await restart.restart(candidates, of: wanted) { outcome in
            await report.add(outcome)
            line.show(.restarting(done: await report.count - before, of: count))
        }
    }

    /// Whether to ask: there are several unnamed Rollouts, and the user can answer.
    private func asks(_ count: Int, _ world: World) -> Bool {
        count > 1 && names.isEmpty && !yes && dryRun == .none
            && world.console.isInputTerminal && world.console.isErrorTerminal
    }

    private func follow(
        _ restarts: [FollowRestarts.Restart], _ patience: Duration, _ report: RestartReport, _ session: Session,
        _ line: ProgressLine
    ) async throws {
        let progress = FollowProgress(restarts, showsNamespace: scope.allNamespaces, line)
        // Progress is read only if it is shown.
        let saw: @Sendable (FollowRestarts.Progress) async -> Void = { progress.saw($0) }
        try await FollowRestarts(session.api, timeout: patience).follow(restarts, progress: line.isActive ? saw : nil) {
            outcome in
            await report.add(outcome)
            progress.ended(outcome)
        }
    }
}

extension RestartOutcome.DryRun: ExpressibleByArgument {}
