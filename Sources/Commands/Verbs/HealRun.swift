internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// One run of `heal` or `refresh`: reads, asks for confirmation, heals and reports.
struct HealRun {
    var session: Session
    var scope: Scope
    var options: HealRollouts.Options
    var storm = Storm()
    var format: OutputFormat
    /// Whether to ask before healing several unnamed Rollouts on a terminal.
    var asks: Bool
    var color: ColorChoice
    var world: World
    var line: ProgressLine
    /// Told of every step, for Events and notifications.
    var steps: StepChanges?
    /// Told of each that is Healthy again.
    var healed: @Sendable (RolloutID, Change.Remedy) -> Void = { _, _ in }

    func run() async throws -> ExitStatus {
        let report = HealReport(
            .init(
                format: format, dryRun: options.dryRun, showsNamespace: scope.namespace == nil,
                isNamed: !scope.names.isEmpty, refreshOnly: options.refreshOnly), world)
        do {
            try await heal(report)
        } catch {
            _ = await report.finish()
            throw error
        }
        return await report.finish()
    }

    private func heal(_ report: HealReport) async throws {
        var options = options
        options.rule = try await session.knowing(options.rule, scope, world.console)
        line.show(.reading(count: 0, total: nil))
        if scope.names.isEmpty { line.countWith { [api = session.api, scope] in await api.count(in: scope) } }
        let read = try await HealRollouts(session.api, options).candidates(scope) {
            line.show(.reading(count: $0.items, total: $0.total))
        }
        if scope.names.isEmpty {
            options.rule.storm = .init(read.found, of: read.total, storm, now: session.api.now)
        }
        var healing = HealRollouts(session.api, options)
        steps?.know(read.found)
        for failure in read.failures {
            await report.add(
                HealOutcome(failure.id, .failed(failure.error)))
        }
        if let name = scope.application?.name, let result = read.application {
            world.console.err(RestartReport.said(of: result, application: name, namespace: scope.namespace))
        }
        var candidates = read.found
        if scope.names.isEmpty {
            let plan = try await healing.plan(candidates)
            for outcome in plan.others { await report.add(outcome) }
            candidates = plan.due.map(\.rollout)
            let leftOut = LeftOut(degraded: read.otherDegraded + plan.otherDegraded)
            await report.leaves(leftOut, namespace: scope.namespace)
            if candidates.isEmpty, plan.others.isEmpty, read.failures.isEmpty, leftOut.isEmpty {
                await report.noneFound(namespace: scope.namespace)
            }
            line.clear()
            if !(await agrees(to: plan.due.map(\.assessment))) {
                world.console.err("Nothing was healed.\n")
                return
            }
            options.rule = try await session.stillKnowing(options.rule, scope)
            healing = HealRollouts(session.api, options)
        }
        let before = await report.count
        let count = candidates.count
        line.show(.healing(done: 0, of: count))
        try await healing.heal(candidates, of: scope) { progress in
            steps?.saw(progress)
            await report.saw(progress)
        } report: { outcome in
            steps?.ended(outcome)
            await report.add(outcome)
            if case .healed(let step, _, _) = outcome.result {
                healed(outcome.id, step == .refresh ? .refresh : .restart)
            }
            line.show(.healing(done: await report.count - before, of: count))
        }
    }

    /// Says what healing several unnamed Rollouts touches, and asks for confirmation if the user can answer.
    private func agrees(to plan: [Assessment]) async -> Bool {
        let touched = plan.filter { $0.action != .none }
        guard touched.count > 1, options.dryRun == .none else { return true }
        let stuck = touched.filter { $0.verdict?.diagnosis == .stuck }
        let pods = stuck.reduce(0) { $0 &+ ($1.replicas.total ?? $1.replicas.desired) }
        let cost =
            stuck.isEmpty
            ? "no pod is evicted"
            : "a refresh evicts no pod; if it does not help, a restart evicts up to \(pods) pods of \(stuck.count) Rollouts"
        guard asks, world.console.isInputTerminal, world.console.isErrorTerminal else {
            if format == .table { world.console.err("healing \(touched.count) Rollouts: \(cost)\n") }
            return true
        }
        return await Confirmation(session.connection, scope, style: Style(color, world), now: session.api.now)
            .ask("Heal \(touched.count) Rollouts (\(cost))?", about: touched, on: world.console)
    }
}
