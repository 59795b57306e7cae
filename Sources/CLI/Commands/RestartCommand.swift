internal import ArgumentParser
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct RestartCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restart",
        abstract: "Restarts, once and now, the Rollouts that a restart heals.",
        usage: "kubectl rollout-heal restart [NAME...] [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal restart -n shop               # all that are stuck
              kubectl rollout-heal restart web -n shop --wait    # until Healthy
              kubectl rollout-heal restart -A --dry-run=client   # only say it
              kubectl rollout-heal restart -A --policy rule      # all that match
              kubectl rollout-heal restart --cancel web -n shop  # take it back
              kubectl rollout-heal restart -n shop --argocd-app checkout
            """)

    @Argument(help: ArgumentHelp("Only these Rollouts.", valueName: "NAME"))
    var names: [String] = []

    @OptionGroup var scope: ScopeOptions

    @OptionGroup var ruleOptions: RuleOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("none, client (send nothing) or server (send, keep nothing); as --dry-run=client."))
    var dryRun = RestartOutcome.DryRun.none

    @Flag(help: "Follow each restart until it is Healthy, or not in time.")
    var wait = false

    @Option(parsing: .unconditional, help: ArgumentHelp("With --wait, how long.", valueName: "time"))
    var timeout = "5m"

    @Flag(name: [.short, .customLong("yes")], help: "Ask no question.")
    var yes = false

    @Flag(help: "Take the pending restart of the named Rollouts back.")
    var cancel = false

    @Option(
        name: .customLong("argocd-app"), parsing: .unconditional,
        help: ArgumentHelp("Only Rollouts of this application of Argo CD.", valueName: "name"))
    var argoCDApplication: String?

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "json or name.")
    var output: String?

    @Option(parsing: .unconditional, help: "auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        if let name = argoCDApplication {
            if name.isEmpty {
                throw UsageError.badValue(flag: "--argocd-app", value: name, reason: "it is no name of an application")
            }
            if !names.isEmpty { throw UsageError.conflict("names cannot be combined with --argocd-app") }
        }
        return try await run(in: world, application: argoCDApplication.map { .only($0) })
    }

    /// - Parameter application: of Argo CD; nil is any.
    func run(in world: World, application: Scope.Application?) async throws -> ExitStatus {
        let format = try outputFormat(output, allowed: [.table, .json, .name])
        let rule = try ruleOptions.rule(.cautious)
        let patience = try duration(timeout, flag: "--timeout")
        try connection.checkNamespace()
        _ = try scope.scope(names: names, namespace: "")
        try scope.refuseBlankSelector()
        if cancel, names.isEmpty { throw UsageError.conflict("--cancel needs the name of a Rollout") }
        if cancel, wait { throw UsageError.conflict("--cancel and --wait exclude each other") }
        return try await interruptible {
            // A table or names go to stdout while the work goes on: to a pager, say, whose page is not to be written on.
            try await world.withProgress(isWanted: format == .json || world.console.isOutputTerminal) {
                try await run(format, rule, patience, application, $0, $1)
            }
        }
    }

    private func run(
        _ format: OutputFormat, _ rule: HealRule, _ patience: Duration, _ application: Scope.Application?,
        _ world: World, _ line: ProgressLine
    ) async throws -> ExitStatus {
        let session = try Session(connection, in: world)
        var wanted = try scope.scope(names: names, namespace: session.connection.namespace)
        wanted.application = application
        let report = RestartReport(format: format, dryRun: dryRun, showsNamespace: wanted.namespace == nil, world)
        let restart = RestartRollouts(session.api, rule: rule, dryRun: dryRun)
        do {
            if cancel {
                for name in wanted.names {
                    await report.add(await restart.cancel(namespace: session.connection.namespace, name: name))
                }
            } else if try await heal(wanted, restart, report, session, world, line), wait, dryRun == .none {
                try await follow(await report.restarted, patience, report, session, line)
            }
        } catch {
            _ = await report.finish()
            throw error
        }
        return await report.finish()
    }

    /// False when the person at the terminal said no.
    private func heal(
        _ wanted: Scope, _ restart: RestartRollouts, _ report: RestartReport, _ session: Session, _ world: World,
        _ line: ProgressLine
    ) async throws -> Bool {
        line.show(.reading(count: 0, total: nil))
        if names.isEmpty { line.countWith { [api = session.api] in await api.count(in: wanted) } }
        let read = try await restart.candidates(wanted) { line.show(.reading(count: $0.items, total: $0.total)) }
        var candidates = read.found
        for failure in read.failures {
            await report.add(
                RestartOutcome(namespace: failure.namespace, name: failure.name, result: .failed(failure.error)))
        }
        if read.lacksApplication, let application = wanted.application {
            await report.noRollout(of: application, namespace: wanted.namespace)
        }
        if candidates.isEmpty, read.failures.isEmpty { await report.noneFound(namespace: wanted.namespace) }
        if asks(candidates.count, world) {
            let plan = try await restart.plan(candidates)
            let question = Confirmation(session.connection, wanted, Style(color, world), now: session.api.now)
            line.clear()
            for outcome in plan.others { await report.add(outcome) }
            if plan.due.count > 1, !(await question.ask(plan.assessments, of: candidates.count, world.console)) {
                world.console.err("Nothing was restarted.\n")
                return false
            }
            // What was not in the plan is not what was agreed to, though it may be due by now.
            candidates = plan.due
        }
        line.show(.restarting(done: 0, of: candidates.count))
        let count = candidates.count
        let before = await report.count
        try await restart(candidates, of: wanted) { outcome in
            await report.add(outcome)
            line.show(.restarting(done: await report.count - before, of: count))
        }
        return true
    }

    /// Several Rollouts that nobody named, and somebody to ask.
    private func asks(_ count: Int, _ world: World) -> Bool {
        count > 1 && names.isEmpty && !yes && dryRun == .none
            && world.console.isInputTerminal && world.console.isErrorTerminal
    }

    private func follow(
        _ restarts: [FollowRestarts.Restart], _ patience: Duration, _ report: RestartReport, _ session: Session,
        _ line: ProgressLine
    ) async throws {
        let progress = FollowProgress(restarts, showsNamespace: scope.allNamespaces, line)
        // What is not shown is not read either.
        let saw: @Sendable (FollowRestarts.Progress) async -> Void = { progress.saw($0) }
        try await FollowRestarts(session.api, timeout: patience)(restarts, progress: line.isActive ? saw : nil) {
            outcome in
            await report.add(outcome)
            progress.ended(outcome)
        }
    }
}

extension RestartOutcome.DryRun: ExpressibleByArgument {}
