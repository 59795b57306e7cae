internal import ArgumentParser
internal import RolloutHeal

/// `restart-rollouts PROJECT NAMESPACE APP HEALTH`: what a Sensor's Job calls when Argo CD finds an application Degraded.
///
/// It stands in for a script of that name and arguments, so that such a Job needs another image and nothing else. All four
/// come from an event and are data: none is ever read as a flag.
struct RestartScript: Equatable {
    static let name = "restart-rollouts"

    private static let degraded = "Degraded"

    var namespace: String
    var application: String
    var health: String

    /// - Parameter arguments: after the program's name. The project says nothing about Rollouts and is not used.
    init(_ arguments: [String]) throws(UsageError) {
        guard arguments.count == 4 else {
            throw .conflict(
                "\(Self.name) takes four arguments, PROJECT NAMESPACE APP HEALTH, and was given \(arguments.count)")
        }
        namespace = arguments[1]
        application = arguments[2]
        health = arguments[3]
    }

    func run(in world: World) async throws -> ExitStatus {
        guard health == Self.degraded else {
            world.console.err("Nothing to do: the application is \"\(health.safeForTerminal)\", not Degraded.\n")
            return .success
        }
        var command = try RestartCommand.parse(["--yes"])
        command.connection.namespace = namespace
        return try await command.run(in: world, application: application.isEmpty ? nil : .preferred(application))
    }
}
