internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// One run of `restart`: reads, asks where somebody can answer, restarts, follows, reports.
struct RestartRun {
    var session: Session
    var scope: Scope
    var restart: RestartRollouts
    var storm = Storm()
    /// How long each is followed; nil is not at all.
    var patience: Duration?
    var dryRun = RestartOutcome.DryRun.none
    var format: OutputFormat
    /// Several Rollouts that nobody named are asked about, where there is a terminal.
    var asks: Bool
    var color: ColorChoice
    var world: World
    var line: ProgressLine
    /// Told of each that is Healthy again.
    var healed: @Sendable (RolloutID, Change.Remedy) -> Void = { _, _ in }

    func run() async throws -> ExitStatus {
        let report = RestartReport(
            format: format, dryRun: dryRun, showsNamespace: scope.namespace == nil, isNamed: !scope.names.isEmpty, world
        )
        do {
            try await heal(report)
            if let patience, dryRun == .none { try await follow(await report.restarted, patience, report) }
        } catch {
            await takeBack(report)
            _ = await report.finish()
            throw error
        }
        return await report.finish()
    }

    /// Takes back the pending restart of each that is named.
    func cancel() async -> ExitStatus {
        let report = RestartReport(
            format: format, dryRun: dryRun, showsNamespace: scope.namespace == nil, isNamed: true, world)
        for id in scope.names { await report.add(await restart.cancel(id)) }
        return await report.finish()
    }

    /// Of what was asked for before we were cut off and is not followed to its end: what nothing has come of yet.
    private func takeBack(_ report: RestartReport) async {
        let restarts = await report.unfollowed
        if restarts.isEmpty || dryRun != .none { return }
        // In a task of its own: this one may be cancelled, and its requests with it.
        await Task {
            await FollowRestarts(session.api, timeout: .zero).takeBack(restarts) { await report.add($0) }
        }.value
    }

    private func heal(_ report: RestartReport) async throws {
        var restart = restart
        let isNamed = !scope.names.isEmpty
        line.show(.reading(count: 0, total: nil))
        if !isNamed { line.countWith { [api = session.api, scope] in await api.count(in: scope) } }
        let read = try await restart.candidates(scope) { line.show(.reading(count: $0.items, total: $0.total)) }
        if !isNamed { restart.rule.storm = .init(read.found, of: read.total, storm, now: session.api.now) }
        var candidates = read.found
        for failure in read.failures { await report.add(RestartOutcome(failure.id, .failed(failure.error))) }
        if let name = scope.application?.name, let result = read.application {
            world.console.err(RestartReport.said(of: result, application: name, namespace: scope.namespace))
        }
        let leftOut = LeftOut(degraded: read.otherDegraded)
        world.console.err(leftOut.note(isMore: false, namespace: scope.namespace, hint: "list --all shows them"))
        if candidates.isEmpty, read.failures.isEmpty, leftOut.isEmpty {
            await report.noneFound(namespace: scope.namespace)
        }
        if isAsked(about: candidates.count) {
            guard let agreed = try await plan(of: candidates, restart, report) else { return }
            candidates = agreed
        }
        line.show(.restarting(done: 0, of: candidates.count))
        let count = candidates.count
        let before = await report.count
        try await restart.restart(candidates, of: scope) { outcome in
            await report.add(outcome)
            if case .refreshed = outcome.result { healed(outcome.id, .refresh) }
            line.show(.restarting(done: await report.count - before, of: count))
        }
    }

    /// What somebody has agreed to restart; what was not in the plan is not, though it may be due by now. Nil is a no.
    private func plan(
        of candidates: [Rollout], _ restart: RestartRollouts, _ report: RestartReport
    ) async throws -> [Rollout]? {
        let plan = try await restart.plan(candidates)
        let question = Confirmation(session.connection, scope, Style(color, world), now: session.api.now)
        line.clear()
        for outcome in plan.others { await report.add(outcome) }
        if plan.due.count > 1,
            !(await question.ask(
                plan.assessments, "Restart \(plan.due.count) of the \(candidates.count) Rollouts that match?",
                world.console))
        {
            world.console.err("Nothing was restarted.\n")
            return nil
        }
        return plan.due
    }

    /// Several Rollouts that nobody named, and somebody to ask.
    private func isAsked(about count: Int) -> Bool {
        count > 1 && scope.names.isEmpty && asks && dryRun == .none
            && world.console.isInputTerminal && world.console.isErrorTerminal
    }

    private func follow(
        _ restarts: [FollowRestarts.Restart], _ patience: Duration, _ report: RestartReport
    ) async throws {
        let progress = FollowProgress(restarts, showsNamespace: scope.namespace == nil, line)
        // What is not shown is not read either.
        let saw: @Sendable (FollowRestarts.Progress) async -> Void = { progress.saw($0) }
        try await FollowRestarts(session.api, timeout: patience).follow(restarts, progress: line.isActive ? saw : nil) {
            outcome in
            await report.add(outcome)
            if case .recovered = outcome.result { healed(outcome.id, .restart) }
            progress.ended(outcome)
        }
    }
}
