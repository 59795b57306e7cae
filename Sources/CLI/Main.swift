internal import ArgumentParser
internal import CMemory

/// Parses, runs one command and exits with its status.
@main
struct Main {
    static func main() async {
        memory_keep_private()
        ignoreBrokenPipes()
        openStandardStreams()
        let world = World.live()
        let name = CommandLine.arguments.first?.split(separator: "/").last ?? ""
        var arguments = Array(CommandLine.arguments.dropFirst())
        if name.hasPrefix(CompletionProgram.namePrefix) || arguments.first == CompletionProgram.argument {
            let isOwnScript = arguments.first == CompletionProgram.argument
            if isOwnScript { arguments.removeFirst() }
            silenceErrors()
            await CompletionProgram(world, isOwnScript ? .ownScript : .kubectl).run(arguments)
            exitProcess(ExitStatus.success.rawValue)
        }
        let program = Program(world)
        let status = await name == RestartScript.name ? program.runScript(arguments) : program.run(arguments)
        if let reason = world.console.outputFailure() {
            world.console.err("error: cannot write to stdout: \(reason)\n")
            exitProcess(status.combined(with: .failed).rawValue)
        }
        exitProcess(status.rawValue)
    }
}

/// From arguments to an exit status; everything a command does to the outside goes through `world`.
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

    /// As ``run(_:)``, called by the name of ``RestartScript``.
    func runScript(_ arguments: [String]) async -> ExitStatus {
        do {
            return try await RestartScript(arguments).run(in: world)
        } catch {
            return ErrorReport(error).print(on: world.console)
        }
    }
}

/// A subcommand, once its flags are parsed.
protocol RunnableCommand: ParsableCommand {
    func run(in world: World) async throws -> ExitStatus
}
