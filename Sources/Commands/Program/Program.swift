internal import ArgumentParser

/// Runs arguments to an exit status; all side effects go through `world`.
struct Program: Sendable {
    let world: World

    init(_ world: World) {
        self.world = world
    }

    func run(_ arguments: [String]) async -> ExitStatus {
        do {
            let normalized = try ArgumentNormalizer.normalize(arguments, commands: RootCommand.commands)
            var command = try RootCommand.parseAsRoot(normalized)
            guard let runnable = command as? any RunnableCommand else {
                try command.run()  // help, which the parser throws
                return .success
            }
            return try await runnable.run(in: world)
        } catch {
            return ErrorReport(error).print(on: world.console)
        }
    }

    /// Like ``run(_:)``, under the name of ``RestartScript``.
    func runScript(_ arguments: [String]) async -> ExitStatus {
        do {
            return try await RestartScript(arguments).run(in: world)
        } catch {
            return ErrorReport(error).print(on: world.console)
        }
    }
}

/// A subcommand with parsed flags.
protocol RunnableCommand: ParsableCommand {
    func run(in world: World) async throws -> ExitStatus
}
