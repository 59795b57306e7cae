internal import Formats
internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// Steps requested from the page, performed as by the commands `explain NAME`, `refresh NAME` and `restart NAME`: with
/// the same gates and messages.
struct PageSteps: Sendable {
    struct Options: Sendable {
        /// The same policy and limits as for a person at a terminal.
        var rule = HealRule(policy: .strict)
        var settle = Settle.defaultDuration
        var timeout = Duration.seconds(300)
        /// Flags for commands that are shown; nil if they cannot be shown.
        var flags: String?
    }

    var session: Session
    var options: Options
    var showsNamespace: Bool
    var style: Style
    /// A world whose output goes to the page.
    var world: World
    /// Told of every step, for Events.
    var tell: @Sendable (Change) -> Void = { _ in }

    func explain(_ id: RolloutID) async -> [String] {
        // Colours are left out, because lines are wrapped at every width, which would split them.
        var plain = style
        plain.isColored = false
        do {
            let rule = try await session.knowing(options.rule, Scope([id]), world.console)
            let result = try await ExplainRollouts(session.api, rule: rule).explain(Scope([id]))
            guard let explanation = result.found.first else {
                throw result.failures.first?.error ?? .api(.cancelled)
            }
            let text = ExplanationScreen(style: plain, flags: options.flags).text(explanation, rule)
            return ((result.moved.first?.note ?? "") + text).split(
                separator: "\n", omittingEmptySubsequences: false
            ).map(String.init)
        } catch {
            let report = ErrorReport(error)
            return [(report.isSentence ? "" : "error: ") + report.message.safeForTerminal]
                + (report.hint.map { ["hint: \($0.safeForTerminal)"] } ?? [])
        }
    }

    /// - Parameter healed: called if the refresh helps.
    func refresh(_ id: RolloutID, healed: @escaping @Sendable (Change.Remedy) -> Void) async {
        var heal = HealRollouts.Options()
        heal.refreshOnly = true
        heal.rule = options.rule
        var run = HealRun(
            session: session, scope: scope(id), options: heal, format: .table, asks: false, color: .never, world: world,
            line: ProgressLine(world, isWanted: false))
        run.steps = StepChanges(maxRestarts: options.rule.maxRestarts, tell: tell)
        run.healed = { healed($1) }
        await report { _ = try await run.run() }
    }

    /// The pods that a restart would evict; nil after reporting why the restart is refused.
    func plan(_ id: RolloutID) async -> RestartQuestion? {
        var question: RestartQuestion?
        await report {
            var restarting = restart
            restarting.rule = try await session.knowing(options.rule, scope(id), world.console)
            let read = try await restarting.candidates(scope(id))
            if let failure = read.failures.first { throw failure.error }
            let plan = try await restarting.plan(read.found)
            question = plan.assessments.first.map { seen in
                RestartQuestion(
                    id: id, pods: seen.replicas.total ?? seen.replicas.desired,
                    refreshesFirst: options.rule.policy != .rule)
            }
            if plan.others.isEmpty { return }
            let said = RestartReport(
                format: .table, dryRun: .none, showsNamespace: showsNamespace, isNamed: true, world)
            for outcome in plan.others { await said.add(outcome) }
            _ = await said.finish()
        }
        return question
    }

    /// Restarts the Rollout and follows it to its end; quitting takes back a restart that shows no progress.
    func restart(_ id: RolloutID, healed: @escaping @Sendable (Change.Remedy) -> Void) async {
        var run = RestartRun(
            session: session, scope: scope(id), restart: restart, patience: options.timeout, format: .table,
            asks: false, color: .never, world: world, line: ProgressLine(world, isWanted: false))
        run.steps = StepChanges(maxRestarts: options.rule.maxRestarts, tell: tell)
        run.healed = { healed($1) }
        await report { _ = try await run.run() }
    }

    private var restart: RestartRollouts {
        RestartRollouts(
            session.api, rule: options.rule, settle: options.settle, timeout: options.timeout,
            refreshing: .before(restart: options.rule, .none, session.api))
    }

    private func scope(_ id: RolloutID) -> Scope {
        var scope = Scope([id])
        if showsNamespace { scope.namespace = nil }
        return scope
    }

    private func report(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch {
            _ = ErrorReport(error).print(on: world.console)
        }
    }
}

extension World {
    /// A world for a step from the page: its output goes to `say`, and it writes no termination log.
    func saying(_ say: @escaping @Sendable (String) -> Void) -> World {
        var world = self
        world.console.out = say
        world.console.err = say
        world.writeIfPresent = { _, _ in }
        return world
    }
}
