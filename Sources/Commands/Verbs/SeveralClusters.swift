internal import HTTPTransport
internal import KubeConfig

/// Does the same in every cluster of `--contexts`.
struct SeveralClusters: Sendable {
    /// Number of clusters read at once: each has a thread and connections of its own.
    private static let parallelism = 8
    /// Limit to the connect time, because an unreachable cluster delays the result of the others.
    private static let longestConnect = Duration.seconds(10)

    typealias Work<Result> =
        @Sendable (_ context: String, ConnectionOptions, World, ClustersProgress) async -> Result

    var contexts: ContextsOption
    var connection: ConnectionOptions

    /// Returns the results in the order of the contexts that match; an error must be part of a result, so that it does
    /// not stop the others.
    func each<Result: Sendable>(
        _ world: World, _ line: ProgressLine, _ work: @escaping Work<Result>
    ) async throws -> [Result] {
        let names = try MergedKubeConfig.load(flags: connection.flags, environment: world.host)
            .contexts(matching: contexts.patterns())
        Session.warnOfExposedFiles(connection, host: world.host, console: world.console)
        let progress = ClustersProgress(names, line)
        let all = await withTaskGroup(of: (Int, Result).self) { group in
            var results = [Result?](repeating: nil, count: names.count)
            var waiting = Array(names.enumerated().reversed())
            func start() {
                guard let (index, name) = waiting.popLast() else { return }
                var options = connection
                options.flags.context = name
                group.addTask { [options] in
                    (index, await work(name, options, Self.quiet(world, name), progress))
                }
            }
            for _ in 0..<Self.parallelism { start() }
            for await (index, result) in group {
                results[index] = result
                progress.answered(names[index])
                start()
            }
            return results.compactMap { $0 }
        }
        try Task.checkCancellation()
        return all
    }

    /// Clusters read in parallel cannot prompt the user, and each message must name its cluster.
    private static func quiet(_ world: World, _ context: String) -> World {
        var world = world
        world.console.isInputTerminal = false
        world.console.err = { [err = world.console.err] in err("\(context.safeForTerminal): \($0)") }
        world.makeTransport = { [make = world.makeTransport] configuration in
            var configuration = configuration
            configuration.connectTimeout = min(configuration.connectTimeout, longestConnect)
            return make(configuration)
        }
        return world
    }
}
