internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// The connection of one command to its cluster.
struct Session: Sendable {
    var connection: ClusterConnection
    var client: KubeClient
    var api: RolloutAPI
    /// The limit for distinct warnings of an API server, so that it cannot fill memory and terminal.
    private static let mostWarnings = 100

    /// - Parameters:
    ///   - caller: what the API server is told, and what limits requests by default.
    ///   - warnsOfFiles: whether to warn of exposed kubeconfig files; with several clusters, once is enough.
    ///   - measure: receives each request's method, status (nil without a response) and duration.
    /// - Throws: ``KubeConfigError`` or ``UsageError`` if no connection can be determined.
    init(
        _ options: ConnectionOptions, as caller: Caller, in world: World, warnsOfFiles: Bool = true,
        measure: @escaping @Sendable (HTTPRequest.Method, Int?, Duration) -> Void = { _, _, _ in }
    ) throws {
        try options.checkNamespace()
        let limiter = try options.limiter(for: caller)
        var log = RequestLog(level: options.verbosity.level) { world.console.err($0.safeForTerminal + "\n") }
        log.measure = measure
        let host = world.host.telling(log)
        if warnsOfFiles { Self.warnOfExposedFiles(options, host: host, console: world.console) }
        do {
            connection = try ClusterConnection.resolve(flags: options.flags, environment: host)
        } catch {
            if options.flags.server != nil, case .invalidServer = error {
                throw UsageError.badConnection(error.message, hint: error.hint)
            }
            throw error
        }
        log.note(6, connection.origin)
        let warned = Mutex<Set<String>>([])
        client = KubeClient(
            connection: connection, makeTransport: world.makeTransport, environment: host, time: world.time,
            userAgent: BuildInfo.userAgent(caller.rawValue),
            plugins: PluginHost(isInputTerminal: world.console.isInputTerminal, run: world.runPlugin), log: log,
            limiter: limiter,
            warn: { text in
                let text = text.cut(toBytes: 1024)
                let (isNew, isLast) = warned.withLock { warned in
                    guard warned.count < Self.mostWarnings else { return (false, false) }
                    return (warned.insert(text).inserted, warned.count == Self.mostWarnings)
                }
                if isNew { world.console.err("Warning: \(text.safeForTerminal)\n") }
                if isNew, isLast { world.console.err("Warning: the API server has more warnings, not shown\n") }
            })
        api = RolloutAPI(client: client, time: world.time)
    }

    static func warnOfExposedFiles(_ options: ConnectionOptions, host: HostEnvironment, console: Console) {
        for file in ExposedFile.all(flags: options.flags, environment: host) {
            console.err(
                "warning: kubeconfig \(file.path.safeForTerminal) may be read by \(file.readers); "
                    + "whoever can read it can use its credentials (chmod 600)\n")
        }
    }
}
