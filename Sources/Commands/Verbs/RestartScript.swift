internal import ArgumentParser
internal import KubeConfig
internal import RolloutHeal

/// `restart-rollouts PROJECT NAMESPACE APP HEALTH`: what a Sensor's Job calls when Argo CD finds an application Degraded.
///
/// It stands in for a script of that name and arguments, so that such a Job needs another image and nothing else.
struct RestartScript: Equatable {
    static let name = ScriptArguments.script

    private let arguments: ScriptArguments

    /// - Parameter arguments: after the program's name.
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
