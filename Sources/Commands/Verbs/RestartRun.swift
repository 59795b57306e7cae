internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// One run of `restart`: reads, asks for confirmation, restarts, follows and reports.
struct RestartRun {
    var session: Session
    var scope: Scope
    var restart: RestartRollouts
    var storm = Storm()
    /// How long each restart may go without progress while it is followed; nil follows none.
    var patience: Duration?
    var dryRun = RestartOutcome.DryRun.none
    var format: OutputFormat
    /// Whether to ask before restarting several unnamed Rollouts on a terminal.
    var asks: Bool
    var color: ColorChoice
    var world: World
    var line: ProgressLine
    /// Told of every step, for Events and notifications.
    var steps: StepChanges?
    /// Receives each Rollout that is Healthy again, and the step that healed it.
    var healed: @Sendable (RolloutID, Change.Remedy) -> Void = { _, _ in }

    func run() async throws -> ExitStatus {
        let report = report(isNamed: !scope.names.isEmpty)
        do {
            try await heal(report)
            if let patience, dryRun == .none { try await follow(await report.restarted, for: patience, report) }
        } catch {
            await takeBack(report)
            _ = await report.finish()
            throw error
        }
        return await report.finish()
    }

    /// Takes back the pending restart of each named Rollout.
    func cancel() async -> ExitStatus {
        let report = report(isNamed: true)
        for id in scope.names {
            let outcome = await restart.cancel(id)
            steps?.ended(outcome)
            await report.add(outcome)
        }
        return await report.finish()
    }

    private func report(isNamed: Bool) -> RestartReport {
        RestartReport(
            format: format, dryRun: dryRun, showsNamespace: scope.namespace == nil, isNamed: isNamed, world)
    }

    private func heal(_ report: RestartReport) async throws {
        var restart = restart
        if let steps { restart.progress = { steps.saw($0) } }
        restart.rule = try await session.knowing(restart.rule, scope, world.console)
        line.show(.reading(count: 0, total: nil))
        if scope.names.isEmpty { line.countWith { [api = session.api, scope] in await api.count(in: scope) } }
        let read = try await restart.candidates(scope) { line.show(.reading(count: $0.items, total: $0.total)) }
        if scope.names.isEmpty {
            restart.rule.storm = .init(read.found, of: read.total, storm, now: session.api.now)
        }
        var candidates = read.found
        steps?.know(candidates)
        for failure in read.failures {
            await report.add(RestartOutcome(failure.id, .failed(failure.error)))
        }
        if let name = scope.application?.name, let result = read.application {
            world.console.err(RestartReport.said(of: result, application: name, namespace: scope.namespace))
        }
        let leftOut = LeftOut(degraded: read.otherDegraded)
        world.console.err(leftOut.note(isMore: false, namespace: scope.namespace, hint: "list --all shows them"))
        if candidates.isEmpty, read.failures.isEmpty, leftOut.isEmpty {
            await report.noneFound(namespace: scope.namespace)
        }
        if isToAsk(about: candidates.count) {
            let plan = try await restart.plan(candidates)
            let question = Confirmation(session.connection, scope, style: Style(color, world), now: session.api.now)
            line.clear()
            for outcome in plan.others { await report.add(outcome) }
            if plan.due.count > 1,
                !(await question.ask(
                    "Restart \(plan.due.count) of the \(candidates.count) Rollouts that match?",
                    about: plan.assessments,
                    on: world.console))
            {
                world.console.err("Nothing was restarted.\n")
                return
            }
            restart.rule = try await session.stillKnowing(restart.rule, scope)
            // The user agreed to the plan only, although other Rollouts may be due by now.
            candidates = plan.due
        } else if scope.names.isEmpty, candidates.count > 1, dryRun == .none, format == .table {
            let pods = candidates.reduce(0) { $0 &+ $1.desiredReplicas }
            world.console.err(
                "restarting up to \(candidates.count) Rollouts, one of them first: at most \(pods) pods are evicted\n")
        }
        line.show(.restarting(done: 0, of: candidates.count))
        let count = candidates.count
        let before = await report.count
        try await restart.restart(candidates, of: scope) { outcome in
            steps?.ended(outcome)
            await report.add(outcome)
            if case .refreshed = outcome.result { healed(outcome.id, .refresh) }
            line.show(.restarting(done: await report.count - before, of: count))
        }
    }

    /// Whether there are several unnamed Rollouts, and the user can answer.
    private func isToAsk(about count: Int) -> Bool {
        asks && count > 1 && scope.names.isEmpty && dryRun == .none && world.console.isInputTerminal
            && world.console.isErrorTerminal
    }

    private func follow(
        _ restarts: [FollowRestarts.Restart], for patience: Duration, _ report: RestartReport
    ) async throws {
        let progress = FollowProgress(restarts, showsNamespace: scope.namespace == nil, line)
        // Progress is read only if it is shown.
        let saw: @Sendable (FollowRestarts.Progress) async -> Void = { progress.saw($0) }
        try await FollowRestarts(session.api, timeout: patience).follow(
            restarts, progress: line.isActive ? saw : nil
        ) { outcome in
            steps?.ended(outcome)
            await report.add(outcome)
            if case .recovered = outcome.result { healed(outcome.id, .restart) }
            progress.ended(outcome)
        }
    }

    /// Takes back the requested restarts that were not followed to their end, if they had no effect.
    private func takeBack(_ report: RestartReport) async {
        let restarts = await report.unfollowed
        if restarts.isEmpty || dryRun != .none { return }
        // In a separate task, because this one may be cancelled, and its requests with it.
        await Task {
            await FollowRestarts(session.api, timeout: .zero).takeBack(restarts) { outcome in
                steps?.ended(outcome)
                await report.add(outcome)
            }
        }.value
    }
}
