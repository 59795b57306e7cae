internal import ArgumentParser
internal import HealthServer
internal import KubeClient
internal import KubeConfig
internal import Logging
internal import RolloutHeal
internal import Rollouts

struct WatchCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch for Rollouts that need attention, and heal them with --heal.",
        usage: "kubectl rollout-heal watch [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal watch -A                   # change nothing
              kubectl rollout-heal watch -n shop -o json      # one line per change
              kubectl rollout-heal watch -A --heal            # refresh, then restart what is still stuck
              kubectl rollout-heal watch -A --heal=refresh    # evict no pod
              kubectl rollout-heal watch -A --heal --settle 2m --max-per-minute 3

            KEYS (at a terminal):
            \(PageKeys.lines.joined(separator: "\n"))
            """)

    @OptionGroup var scope: ScopeOptions

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("With -A, a namespace to leave alone; may be repeated.", valueName: "namespace"))
    var excludeNamespace: [String] = []

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Refresh Rollouts in trouble, and restart those that stay stuck; =refresh never restarts. "
                + "Without --heal, nothing is changed but by keys of the page.", valueName: "all|refresh"))
    var heal: Remedies?

    @OptionGroup var ruleOptions: RuleOptions

    @OptionGroup var settling: SettleOption

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Time between the two evidence reads that must agree before a refresh.", valueName: "time"))
    var staleAfter = "30s"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Time after which all Rollouts are listed again, from the API server's cache; 0 means never.",
            valueName: "time"))
    var resync = "10m"

    @OptionGroup var storming: StormOption

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Maximum number of restarts per minute, in total.", valueName: "count"))
    var maxPerMinute = Rate.defaultPerMinute

    @OptionGroup var patience: TimeoutOption

    @Flag(help: "With --heal, write only while holding the Lease, so that one of several replicas heals.")
    var leaderElect = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Name of the Lease, in the current namespace unless another is named.", valueName: "[namespace/]name"))
    var leaderElectLease = "rollout-heal"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Address to serve /metrics, /healthz and /readyz on: 127.0.0.1:9090 or :9090.", valueName: "address"))
    var metricsAddress: String?

    @OptionGroup var counting: MetricsOptions

    @OptionGroup var notifying: NotifyOptions

    @OptionGroup var notifyPatience: NotifyPatienceOption

    @OptionGroup var recording: EventsOption

    @Option(
        name: [.short, .customLong("output")], parsing: .unconditional,
        help: "Output format: json, one line per change.")
    var output: String?

    @Option(parsing: .unconditional, help: "Log to stderr instead of showing changes: text or json.")
    var logFormat: LineLogHandler.Format?

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    var heals: Bool { heal != nil }

    func run(in world: World) async throws -> ExitStatus {
        let settings = try settings()
        let format = try outputFormat(output, allowed: [.table, .json])
        try connection.checkNamespace()
        if heals { try scope.refuseBlankSelector() }
        if !excludeNamespace.isEmpty, !scope.allNamespaces {
            throw UsageError.conflict("--exclude-namespace requires --all-namespaces")
        }
        for namespace in excludeNamespace {
            try checkNamespace(namespace, flag: "--exclude-namespace")
        }
        if leaderElect, !heals { throw UsageError.conflict("--leader-elect requires --heal") }
        _ = try lease(in: "default")
        let address = try listenAddress()
        let resync = try resyncTime()
        let countedNamespaces = try counting.namespaces()
        let notices = try notifyPatience.settings()
        let isNotifying = try !notifying.targets().isEmpty
        return try await interruptible(terminated: heals ? .success : .terminated) {
            let metrics = HealMetrics(heals: heals, namespaces: countedNamespaces)
            let health = ProcessHealth(metrics, uptime: world.time.uptime)
            let server = try address.map { try HealthServer($0) { health.answer($0) } }
            let isLive = isLive(format, world)
            let recent = RecentLines()
            let world = isLive ? world.around(recent) : world
            let session = try Session(connection, as: .watch, in: world) { method, code, duration in
                metrics.count(method, code: code, seconds: duration / .seconds(1))
            }
            var options = WatchRollouts.Options(
                scope: try scope.scope(names: [], namespace: session.connection.namespace))
            options.excludedNamespaces = Set(excludeNamespace)
            options.settings = settings
            options.timing.resync = resync
            // What heals is near its API server, which a stream costs less; a person's list comes compressed.
            options.timing.streamsLists = heals
            let lease = leaderElect ? try lease(in: session.connection.namespace) : nil
            var telling = Telling()
            telling.writesEvents = !recording.noEvents
            if isNotifying {
                telling.notify = Telling.Notify(settings: notices) { say in
                    try notifying.senders(
                        session, in: world, verbosity: connection.verbosity.level, say: say
                    ) { metrics.count($0, $1) }
                }
            }
            return try await WatchSession(
                session, options, mode: isLive ? .live : mode(format, session, in: world), recent: recent, color: color,
                lease: lease, steps: stepOptions(settings, isLive ? world.console : nil), world: world,
                monitoring: Monitoring(metrics: metrics, health: health, server: server),
                telling: telling
            ).run()
        }
    }

    /// The options of steps from the page: the same as those of `restart` at a terminal.
    ///
    /// - Parameter console: the console of the page; nil if there is no page.
    private func stepOptions(_ settings: Watchlist.Settings, _ console: Console?) throws -> PageSteps.Options {
        PageSteps.Options(
            rule: try ruleOptions.rule(console), settle: settings.settle, timeout: settings.timeout,
            flags: connection.repeated(with: ruleOptions))
    }

    private func listenAddress() throws(UsageError) -> ListenAddress? {
        guard let metricsAddress else { return nil }
        guard let address = ListenAddress(metricsAddress) else {
            throw .badValue(
                flag: "--metrics-address", value: metricsAddress, reason: "it is not HOST:PORT, such as 127.0.0.1:9090")
        }
        return address
    }

    func lease(in namespace: String) throws(UsageError) -> LeaderElector.Place {
        let parts = leaderElectLease.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains("") else {
            throw .badValue(flag: "--leader-elect-lease", value: leaderElectLease, reason: "it is not [NAMESPACE/]NAME")
        }
        if parts.count == 2 { try checkNamespace(parts[0], flag: "--leader-elect-lease") }
        return LeaderElector.Place(namespace: parts.count == 2 ? parts[0] : namespace, name: parts[parts.count - 1])
    }

    private func settings() throws(UsageError) -> Watchlist.Settings {
        var settings = Watchlist.Settings()
        settings.rule = try ruleOptions.rule()
        if heals, settings.rule.policy == .rule {
            throw .badValue(
                flag: "--policy", value: Policy.rule.rawValue,
                reason: "watch --heal requires strict; rule would keep restarting Rollouts that a restart cannot heal"
            )
        }
        settings.heals = heals
        settings.restarts = heal != .refresh
        settings.staleAfter = try duration(staleAfter, flag: "--stale-after")
        settings.settle = try settling.value()
        settings.storm = try storming.value()
        if maxPerMinute < 1 {
            throw .badValue(flag: "--max-per-minute", value: "\(maxPerMinute)", reason: "it is less than 1")
        }
        settings.maxPerMinute = maxPerMinute
        settings.timeout = try patience.value()
        if settings.timeout == .zero {
            throw .badValue(flag: "--timeout", value: patience.timeout, reason: "it must be more than 0")
        }
        return settings
    }

    /// Nil for never.
    private func resyncTime() throws(UsageError) -> Duration? {
        let time = try duration(resync, flag: "--resync")
        if time == .zero { return nil }
        guard time >= Self.shortestResync else {
            throw .badValue(flag: "--resync", value: resync, reason: "it is less than 10s; 0 means never")
        }
        return time
    }

    private static let shortestResync = Duration.seconds(10)

    private func isLive(_ format: OutputFormat, _ world: World) -> Bool {
        logFormat == nil && format != .json && world.console.isOutputTerminal && world.host.variables["TERM"] != "dumb"
    }

    /// The output mode if there is no page.
    private func mode(_ format: OutputFormat, _ session: Session, in world: World) -> WatchOutput.Mode {
        if logFormat == nil, !heals { return format == .json ? .json : .lines }
        let handler = LineLogHandler(
            format: logFormat ?? .text, now: { [api = session.api] in api.now }, write: world.console.err)
        return .log(Logger(label: "rollout-heal") { _ in handler }, alsoJSON: format == .json)
    }
}

/// The steps that `--heal` allows.
enum Remedies: String, CaseIterable, ExpressibleByArgument {
    /// The value of the flag without an argument.
    case all
    /// Evicts no pod.
    case refresh
}

extension LineLogHandler.Format: ExpressibleByArgument {}
