internal import Formats
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts
internal import UnixSignals

/// The side effects of the page: draws it, reads keys, and performs their commands.
extension WatchSession {
    /// Minimum time between two frames.
    private static let pause = Duration.milliseconds(25)
    /// Minimum time between two views, because each visits every Rollout in trouble.
    private static let viewInterval = Duration.milliseconds(100)
    /// Longer than the time between two bytes of one key.
    private static let keyInterval = Duration.milliseconds(40)

    func draw(_ watch: WatchRollouts) async throws -> ExitStatus {
        var viewedAt: Duration?
        for await _ in live.redraws {
            let now = world.time.uptime()
            let isViewed = viewedAt.map { now - $0 < Self.viewInterval } ?? false
            if !isViewed {
                let view = await watch.wholeView
                live.update { $0.update(view) }
                viewedAt = now
            }
            live.update { $0.resize(world.console.size(), recent: recent.lines) }
            let lines = live.page.frame()
            var isDrawn = false
            Screen.use {
                world.console.out(Screen.text(of: lines))
                isDrawn = true
            }
            try await world.time.sleep(Self.pause)
            // Draws again what this frame left out.
            if isViewed || (!isDrawn && Screen.isShown) { live.draw() }
        }
        throw CancellationError()
    }

    func readKeys() async throws -> ExitStatus {
        var parser = KeyParser()
        while true {
            try await world.time.sleep(Self.keyInterval)
            var bytes: [UInt8]?
            Screen.use { bytes = world.console.pressedKeys() }
            guard let bytes else { continue }
            if live.press(parser.keys(in: bytes)) { return .success }
        }
    }

    /// Performs the commands of keys; quitting ends steps under way as ^C ends a command.
    func serveKeys() async {
        var steps = PageSteps(
            session: session, options: stepOptions, showsNamespace: options.scope.namespace == nil, style: style,
            world: world.saying { [recent, live, api = session.api] text in
                recent.add(text, at: api.now)
                live.say(text)
                live.draw()
            })
        steps.tell = { record($0) }
        let taken = steps
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await command in live.commands {
                    group.addTask { await perform(command, taken) }
                }
            }
        } onCancel: {
            live.end()
        }
    }

    private func perform(_ command: WatchPage.Command, _ steps: PageSteps) async {
        switch command {
        case .quit: break
        case .explain(let id):
            let lines = await steps.explain(id)
            live.change { $0.explained(id, lines) }
        case .refresh(let id):
            await steps.refresh(id) { heal(id, by: $0) }
            live.change { $0.end(id) }
        case .planRestart(let id):
            let question = await steps.plan(id)
            live.change { page in
                page.end(id)
                if let question { page.ask(question) }
            }
        case .restart(let id):
            await steps.restart(id) { heal(id, by: $0) }
            live.change { $0.end(id) }
        }
    }

    private func heal(_ id: RolloutID, by remedy: Change.Remedy) {
        live.change { [api = session.api] in $0.heal(id, by: remedy, at: api.now) }
    }

    /// Requests the number of Rollouts if reading them takes more than a second.
    func count(_ watch: WatchRollouts) async {
        try? await world.time.sleep(ProgressLine.countDelay)
        if await !watch.view.isSynced {
            let total = await session.api.count(in: options.scope)
            live.change { $0.total = total }
        }
        try? await world.time.sleep(.seconds(Int32.max))
    }

    func resize() async {
        for await _ in await UnixSignalsSequence(trapping: .sigwinch, .sigcont) { live.draw() }
    }

    static func title(
        of connection: ClusterConnection, _ options: WatchRollouts.Options, style: Style
    ) -> String {
        let place = options.scope.namespace.map { "namespace \($0)" } ?? "all namespaces"
        let policy = options.settings.rule.policy.rawValue
        let parts = [
            "rollout-heal watch", connection.contextName ?? connection.clusterName, place,
            !options.settings.heals
                ? "only watching" : options.settings.restarts ? "healing (\(policy))" : "only refreshing",
        ]
        return parts.joined(separator: style.separator)
    }
}
