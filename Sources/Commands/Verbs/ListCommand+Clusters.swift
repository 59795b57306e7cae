internal import Formats
internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

extension ListCommand {
    /// Number of clusters read at once: each has a thread and connections of its own.
    private static let parallelism = 8
    /// Limit to the connect time, because an unreachable cluster delays the table of the others.
    private static let longestConnect = Duration.seconds(10)

    /// Reads every context that matches; an error of one is recorded in its findings and does not stop the others.
    func findInClusters(_ world: World, _ line: ProgressLine) async throws -> [Findings] {
        let names = try MergedKubeConfig.load(flags: connection.flags, environment: world.host)
            .contexts(matching: contexts.patterns())
        Session.warnOfExposedFiles(connection, host: world.host, console: world.console)
        let progress = ClustersProgress(names, line)
        let findings = await withTaskGroup(of: (Int, Findings).self) { group in
            var results = [Findings?](repeating: nil, count: names.count)
            var waiting = Array(names.enumerated().reversed())
            func start() {
                guard let (index, name) = waiting.popLast() else { return }
                group.addTask { (index, await find(context: name, world, progress)) }
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
        return findings
    }

    private func find(context: String, _ world: World, _ progress: ClustersProgress) async -> Findings {
        var world = world
        // Clusters read in parallel cannot prompt the user, and each message must name its cluster.
        world.console.isInputTerminal = false
        world.console.err = { [err = world.console.err] in err("\(context.safeForTerminal): \($0)") }
        world.makeTransport = { [make = world.makeTransport] configuration in
            var configuration = configuration
            configuration.connectTimeout = min(configuration.connectTimeout, Self.longestConnect)
            return make(configuration)
        }
        var options = connection
        options.flags.context = context
        do {
            var findings = try await find(options, world) { progress.read($0.items, in: context) }
            findings.context = context
            return findings
        } catch {
            let now = Timestamp(secondsSince1970: world.time.wallClock())
            return Findings(context: context, failures: [error], namespace: connection.flags.namespace, now: now)
        }
    }
}
