internal import Formats
internal import KubeClient
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

extension ListCommand {
    /// Reads every context that matches; an error of one is recorded in its findings and does not stop the others.
    func findInClusters(_ world: World, _ line: ProgressLine) async throws -> [Findings] {
        try await SeveralClusters(contexts: contexts, connection: connection).each(world, line) {
            context, options, world, progress in
            do {
                var findings = try await find(options, world) { progress.read($0.items, in: context) }
                findings.context = context
                return findings
            } catch {
                let now = Timestamp(secondsSince1970: world.time.wallClock())
                return Findings(
                    context: context, failures: [error], namespace: connection.flags.namespace, now: now)
            }
        }
    }
}
