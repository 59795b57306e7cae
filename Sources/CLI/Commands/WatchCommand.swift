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
        abstract: "Follows the cluster: shows who hangs, and with --heal restarts those that a restart heals.",
        usage: "kubectl rollout-heal watch [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal watch -A                   # only look
              kubectl rollout-heal watch -n shop -o json      # a line a change
              kubectl rollout-heal watch -A --heal            # restart what is proven to be stuck
              kubectl rollout-heal watch -A --heal --settle 2m --max-per-minute 3
            """)

    @OptionGroup var scope: ScopeOptions

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp("With -A, a namespace to leave alone; may be repeated.", valueName: "namespace"))
    var excludeNamespace: [String] = []

    @Flag(help: "Restart what a restart heals; without it, nothing is ever changed.")
    var heal = false

    @OptionGroup var ruleOptions: RuleOptions

    @Option(
        parsing: .unconditional, help: ArgumentHelp("The same diagnosis this long before a restart.", valueName: "time")
    )
    var settle = "60s"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("So many new time-outs, or so much of all, and nothing is restarted.", valueName: "count|%"))
    var stormThreshold = "30%"

    @Option(parsing: .unconditional, help: ArgumentHelp("Restarts in any minute, in all.", valueName: "count"))
    var maxPerMinute = Rate.defaultPerMinute

    @Option(parsing: .unconditional, help: ArgumentHelp("How long a restart may take to help.", valueName: "time"))
    var timeout = "10m"

    @Flag(help: "With --heal, act only while holding a Lease: one of several replicas heals.")
    var leaderElect = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("The Lease; in the current namespace unless named.", valueName: "[namespace/]name"))
    var leaderElectLease = "rollout-heal"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Serve /metrics, /healthz and /readyz there: 127.0.0.1:9090, :9090.", valueName: "address"))
    var metricsAddress: String?

    @Option(name: [.short, .customLong("output")], parsing: .unconditional, help: "json: a line of JSON a change.")
    var output: String?

    @Option(parsing: .unconditional, help: "text or json; logs on stderr instead of showing changes.")
    var logFormat: LineLogHandler.Format?

    @Option(parsing: .unconditional, help: "auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let settings = try settings()
        let format = try outputFormat(output, allowed: [.table, .json])
        try connection.checkNamespace()
        if heal { try scope.refuseBlankSelector() }
        if !excludeNamespace.isEmpty, !scope.allNamespaces {
            throw UsageError.conflict("--exclude-namespace goes with --all-namespaces only")
        }
        for namespace in excludeNamespace {
            try checkNamespace(namespace, flag: "--exclude-namespace")
        }
        if leaderElect, !heal { throw UsageError.conflict("--leader-elect goes with --heal only") }
        _ = try lease(in: "default")
        let address = try listenAddress()
        return try await interruptible(terminated: heal ? .success : .terminated) {
            let metrics = HealMetrics(heals: heal)
            let health = ProcessHealth(metrics, uptime: world.time.uptime)
            let server = try address.map { try HealthServer($0) { health.answer($0) } }
            let isLive = isLive(format, world)
            let recent = RecentLines()
            let world = isLive ? world.around(recent) : world
            let session = try Session(connection, in: world) { method, code, duration in
                metrics.count(method, code: code, seconds: duration / .seconds(1))
            }
            var options = WatchRollouts.Options(
                scope: try scope.scope(names: [], namespace: session.connection.namespace))
            options.excludedNamespaces = Set(excludeNamespace)
            options.settings = settings
            let lease = leaderElect ? try lease(in: session.connection.namespace) : nil
            return try await WatchSession(
                session, options, isLive ? .live : mode(format, session, world), recent, color, lease: lease, world,
                Monitoring(metrics: metrics, health: health, server: server)
            ).run()
        }
    }

    private func listenAddress() throws(UsageError) -> ListenAddress? {
        guard let metricsAddress else { return nil }
        guard let address = ListenAddress(metricsAddress) else {
            throw .badValue(
                flag: "--metrics-address", value: metricsAddress, reason: "it is no HOST:PORT such as 127.0.0.1:9090")
        }
        return address
    }

    private func lease(in namespace: String) throws(UsageError) -> LeaderElector.Place {
        let parts = leaderElectLease.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard (1...2).contains(parts.count), !parts.contains("") else {
            throw .badValue(flag: "--leader-elect-lease", value: leaderElectLease, reason: "it is no [NAMESPACE/]NAME")
        }
        if parts.count == 2 { try checkNamespace(parts[0], flag: "--leader-elect-lease") }
        return LeaderElector.Place(namespace: parts.count == 2 ? parts[0] : namespace, name: parts[parts.count - 1])
    }

    private func settings() throws(UsageError) -> Watchlist.Settings {
        var settings = Watchlist.Settings()
        settings.rule = try ruleOptions.rule(.strict)
        if heal, settings.rule.policy == .rule {
            throw .badValue(
                flag: "--policy", value: Policy.rule.rawValue,
                reason:
                    "watch --heal takes strict or cautious; rule would restart what a restart cannot heal, again and again"
            )
        }
        settings.heals = heal
        settings.settle = try duration(settle, flag: "--settle")
        guard let storm = Storm(threshold: stormThreshold) else {
            throw .badValue(
                flag: "--storm-threshold", value: stormThreshold, reason: "it is neither a count nor 0% to 100%")
        }
        settings.storm = storm
        if maxPerMinute < 1 {
            throw .badValue(flag: "--max-per-minute", value: "\(maxPerMinute)", reason: "it is less than 1")
        }
        settings.maxPerMinute = maxPerMinute
        settings.timeout = try duration(timeout, flag: "--timeout")
        if settings.timeout == .zero {
            throw .badValue(flag: "--timeout", value: timeout, reason: "no restart helps at once")
        }
        return settings
    }

    private func isLive(_ format: OutputFormat, _ world: World) -> Bool {
        logFormat == nil && format != .json && world.console.isOutputTerminal && world.host.variables["TERM"] != "dumb"
    }

    /// Where there is no page.
    private func mode(_ format: OutputFormat, _ session: Session, _ world: World) -> WatchOutput.Mode {
        if logFormat == nil, !heal { return format == .json ? .json : .lines }
        let handler = LineLogHandler(
            format: logFormat ?? .text, now: { [api = session.api] in api.now }, write: world.console.err)
        return .log(Logger(label: "rollout-heal") { _ in handler }, alsoJSON: format == .json)
    }
}

extension LineLogHandler.Format: ExpressibleByArgument {}
