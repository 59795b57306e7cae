internal import CMemory
internal import HealthServer
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts
internal import Synchronization
internal import UnixSignals

/// What tells others about this process.
struct Monitoring: Sendable {
    var metrics: HealMetrics
    var health: ProcessHealth
    /// Nil where nobody asked for one.
    var server: HealthServer?
}

/// One run of `watch`: the work itself, who may do it, and what shows it.
struct WatchSession: Sendable {
    /// What is left of a second for giving the Lease back and for the last Events, once writes under way have ended.
    private static let releaseLimit = Duration.milliseconds(350)

    private let session: Session
    private let options: WatchRollouts.Options
    private let world: World
    private let style: Style
    private let output: WatchOutput
    private let recent: RecentLines
    private let total = TotalCount()
    private let elector: LeaderElector?
    private let monitoring: Monitoring
    private let redraws: AsyncStream<Void>
    private let redraw: AsyncStream<Void>.Continuation

    /// - Parameter lease: to be held by whoever heals; nil where there is nobody else.
    init(
        _ session: Session, _ options: WatchRollouts.Options, _ mode: WatchOutput.Mode, _ recent: RecentLines,
        _ color: ColorChoice,
        lease: LeaderElector.Place?, _ world: World, _ monitoring: Monitoring
    ) {
        self.monitoring = monitoring
        self.session = session
        self.options = options
        self.recent = recent
        self.world = world
        style = Style(color, world)
        let (redraws, redraw) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        self.redraws = redraws
        self.redraw = redraw
        output = WatchOutput(
            mode, recent, world.console, style, now: { [api = session.api] in api.now }, redraw: { redraw.yield() })
        elector = lease.map {
            LeaderElector(
                client: session.client, place: $0, identity: world.instance, fieldManager: RolloutAPI.fieldManager)
        }
    }

    /// Until it is cancelled, or nobody reads any more.
    func run() async throws -> ExitStatus {
        let recorder = EventRecorder(session.api, instance: world.instance) { output.tell(.unreadable($0)) }
        // In tasks of their own: this one may be cancelled, and what has happened is told, and the Lease given back, all the same.
        let recording = Task { await recorder.run() }
        let result: Result<ExitStatus, any Error>
        do {
            result = .success(try await work(recorder))
        } catch {
            result = .failure(error)
        }
        Screen.close()
        recorder.finish()
        let limit = Task { [time = world.time] in
            try await time.sleep(Self.releaseLimit)
            recording.cancel()
        }
        if let elector {
            await Task { try? await elector.release(within: Self.releaseLimit) }.value
        }
        await recording.value
        limit.cancel()
        return try result.get()
    }

    private func work(_ recorder: EventRecorder) async throws -> ExitStatus {
        memory_use_few_arenas()
        let heals = options.settings.heals
        let watch = WatchRollouts(session.api, options, isLeading: { elector?.isLeader ?? true }) { report in
            output.tell(report)
            if case .synced = report { memory_give_back() }
            guard case .change(let change) = report else {
                return monitoring.metrics.count(report, isLeading: elector?.isLeader ?? true)
            }
            // Whoever has written tells of it, though it may lead no more.
            let isOurs = elector?.isLeader ?? true || change.kind == .restarted || change.kind == .refreshed
            monitoring.metrics.count(report, isLeading: isOurs)
            if heals, isOurs { recorder.record(change) }
        }
        return try await withThrowingTaskGroup(of: ExitStatus.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await watch.run() }
            group.addTask { try await tick(watch) }
            if let server = monitoring.server { group.addTask { try await endless { await server.run() } } }
            if let elector { group.addTask { try await endless { await lead(elector, watch) } } }
            if case .live = output.mode {
                Screen.open()
                group.addTask { try await draw(watch) }
                group.addTask { try await endless { await resize() } }
                group.addTask { try await endless { await count(watch) } }
                if world.console.isInputTerminal { group.addTask { try await waitForQuit() } }
            }
            return try await group.next() ?? .success
        }
    }

    /// For what returns only when it is cancelled.
    private func endless(_ work: () async -> Void) async throws -> ExitStatus {
        await work()
        throw CancellationError()
    }

    private func lead(_ elector: LeaderElector, _ watch: WatchRollouts) async {
        let (changes, input) = AsyncStream.makeStream(of: LeaderElector.Change.self)
        await withDiscardingTaskGroup { group in
            group.addTask {
                for await change in changes {
                    switch change {
                    case .acquired:
                        output.note("leading")
                        await watch.takeOver()
                    case .lost: output.note("no longer leading")
                    case .holder(let name): output.note("the Lease is held by \(name)")
                    case .trouble(let error): output.tell(.unreadable(.api(error)))
                    }
                }
            }
            await elector.lead { input.yield($0) }
            input.finish()
        }
    }

    /// Once a second: the ages on the page grow, health is taken, and a closed pipe is noticed.
    private func tick(_ watch: WatchRollouts) async throws -> ExitStatus {
        while true {
            try await world.time.sleep(.seconds(1))
            if monitoring.server != nil {
                let view = await watch.view
                monitoring.metrics.set(view, isLeading: options.settings.heals && elector?.isLeader ?? true)
                monitoring.health.turned(isSynced: view.isSynced, idleFor: await watch.idleTime ?? .zero)
            }
            redraw.yield()
            if !options.settings.heals, world.console.isOutputBroken() { return .success }
        }
    }

    private func draw(_ watch: WatchRollouts) async throws -> ExitStatus {
        var table = LiveTable(title: title, showsNamespace: options.scope.namespace == nil, style: style)
        for await _ in redraws {
            table.total = total.value
            let lines = table.frame(await watch.view, recent: recent.lines, size: world.console.size())
            Screen.use { world.console.out(Screen.text(of: lines)) }
            try await world.time.sleep(.milliseconds(100))
        }
        throw CancellationError()
    }

    /// Finds out how many there are to be read, where that takes more than a second.
    private func count(_ watch: WatchRollouts) async {
        try? await world.time.sleep(ProgressLine.countDelay)
        if await !watch.view.isSynced { total.value = await session.api.count(in: options.scope) }
        try? await world.time.sleep(.seconds(Int32.max))
    }

    private func waitForQuit() async throws -> ExitStatus {
        var isAskedFor = false
        while !isAskedFor {
            try await world.time.sleep(.milliseconds(100))
            Screen.use { isAskedFor = world.console.pressedKeys().contains(UInt8(ascii: "q")) }
        }
        return .success
    }

    private func resize() async {
        for await _ in await UnixSignalsSequence(trapping: .sigwinch, .sigcont) { redraw.yield() }
    }

    private var title: String {
        let connection = session.connection
        let place = options.scope.namespace.map { "namespace \($0)" } ?? "all namespaces"
        let policy = options.settings.rule.policy.rawValue
        let parts = [
            "rollout-heal watch", connection.contextName ?? connection.clusterName, place,
            !options.settings.heals
                ? "only watching" : options.settings.restarts ? "healing (\(policy))" : "only refreshing",
        ]
        return (world.console.isInputTerminal ? parts + ["q to quit"] : parts).joined(separator: style.separator)
    }
}

/// How many Rollouts there are, once that is known.
private final class TotalCount: Sendable {
    private let state = Mutex<Int?>(nil)

    var value: Int? {
        get { state.withLock { $0 } }
        set { state.withLock { $0 = newValue } }
    }
}
