internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts
internal import UnixSignals

/// One run of `watch`: the work itself, and what shows it.
struct WatchSession: Sendable {
    private let session: Session
    private let options: WatchRollouts.Options
    private let world: World
    private let style: Style
    private let output: WatchOutput
    private let redraws: AsyncStream<Void>
    private let redraw: AsyncStream<Void>.Continuation

    init(
        _ session: Session, _ options: WatchRollouts.Options, _ mode: WatchOutput.Mode, _ color: ColorChoice,
        _ world: World
    ) {
        self.session = session
        self.options = options
        self.world = world
        style = Style(isColored: world.console.usesColor(color, variables: world.host.variables))
        let (redraws, redraw) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.redraws = redraws
        self.redraw = redraw
        output = WatchOutput(
            mode, world.console, style, now: { [api = session.api] in api.now }, redraw: { redraw.yield() })
    }

    /// Until it is cancelled, or nobody reads any more.
    func run() async throws -> ExitStatus {
        let recorder = EventRecorder(session.api, instance: world.instance) { error in
            output.tell(.unreadable(error))
        }
        let heals = options.settings.heals
        let watch = WatchRollouts(session.api, options) { report in
            output.tell(report)
            if heals, case .change(let change) = report { recorder.record(change) }
        }
        defer { Screen.close() }
        return try await withThrowingTaskGroup(of: ExitStatus.self) { group in
            group.addTask { try await watch() }
            group.addTask { try await tick() }
            if heals {
                group.addTask {
                    await recorder.run()
                    throw CancellationError()
                }
            }
            if case .live = output.mode {
                Screen.open()
                group.addTask { try await draw(watch) }
                group.addTask { await resize() }
            }
            defer { group.cancelAll() }
            return try await group.next() ?? .success
        }
    }

    /// Once a second: the ages on the page grow, and a closed pipe is noticed.
    private func tick() async throws -> ExitStatus {
        while true {
            try await world.time.sleep(.seconds(1))
            redraw.yield()
            if !options.settings.heals, world.console.isOutputBroken() { return .success }
        }
    }

    private func draw(_ watch: WatchRollouts) async throws -> ExitStatus {
        let table = LiveTable(title: title, showsNamespace: options.scope.namespace == nil, style: style)
        for await _ in redraws {
            let lines = table.frame(await watch.view, recent: output.recent, size: world.console.size())
            world.console.out(Screen.text(of: lines))
            try await world.time.sleep(.milliseconds(100))
        }
        throw CancellationError()
    }

    private func resize() async -> ExitStatus {
        for await _ in await UnixSignalsSequence(trapping: .sigwinch, .sigcont) { redraw.yield() }
        return .success
    }

    private var title: String {
        let connection = session.connection
        let place = options.scope.namespace.map { "namespace \($0)" } ?? "all namespaces"
        let policy = options.settings.rule.policy.rawValue
        return "rollout-heal watch · \(connection.contextName ?? connection.clusterName) · \(place) · "
            + (options.settings.heals ? "healing (\(policy))" : "only looking")
    }
}
