internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Synchronization

/// One command's way to its cluster.
struct Session: Sendable {
    var connection: ClusterConnection
    var client: KubeClient
    var api: RolloutAPI

    init(_ options: ConnectionOptions, in world: World) throws {
        try options.checkNamespace()
        let log = RequestLog(level: options.verbosity.level) { world.console.err($0.safeForTerminal + "\n") }
        let host = world.host.telling(log)
        do {
            connection = try ClusterConnection.resolve(flags: options.flags, environment: host)
        } catch {
            if options.server != nil, case .invalidServer = error {
                throw UsageError.badConnection(error.message, hint: error.hint)
            }
            throw error
        }
        log.note(6, connection.origin)
        let warned = Mutex<Set<String>>([])
        client = KubeClient(
            connection: connection, makeTransport: world.makeTransport, environment: host, time: world.time,
            userAgent: BuildInfo.userAgent,
            plugins: PluginHost(isInputTerminal: world.console.isInputTerminal, run: world.runPlugin), log: log,
            warn: { text in
                guard warned.withLock({ $0.insert(text).inserted }) else { return }
                world.console.err("Warning: \(text.safeForTerminal)\n")
            })
        api = RolloutAPI(client: client, time: world.time)
    }
}
