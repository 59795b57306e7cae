internal import ArgumentParser
internal import KubeConfig
internal import RolloutHeal

/// `restart-rollouts PROJECT NAMESPACE APP HEALTH`, which a Sensor's Job calls when Argo CD reports an application as
/// Degraded.
///
/// It replaces a script of that name and arguments, so that such a Job needs only another image.
struct RestartScript: Equatable {
    static let name = ScriptArguments.script

    private let arguments: ScriptArguments

    /// - Parameter arguments: the words after the program's name.
    init(_ arguments: [String]) throws(UsageError) {
        self.arguments = try ScriptArguments(arguments)
    }

    func run(in world: World) async throws -> ExitStatus {
        guard case .heal(let namespace, let application) = arguments.request else {
            let health = arguments.health.safeForTerminal
            world.console.err("Nothing to do: the application is \"\(health)\", not Degraded.\n")
            return .success
        }
        var command = try HealCommand.parse(["--yes"])
        command.connection.flags.namespace = namespace
        return try await command.run(in: world, application: .onlyWhereMarked(application))
    }
}
