internal import CMemory
internal import Platform

/// Runs the process from its arguments to its exit status.
package enum Launch {
    /// Runs `words`; the first is the program's name and selects the plugin, its completion, or the Sensor's script.
    package static func run(_ words: [String]) async -> Never {
        memory_keep_private()
        // Writing to a closed pipe must be an error of that write, not end the process.
        Signal.brokenPipe.ignore()
        ThisProcess.openStandardStreams()
        let world = World.live()
        let name = words.first?.split(separator: "/").last ?? ""
        var arguments = Array(words.dropFirst())
        if name.hasPrefix(CompletionProgram.namePrefix) || arguments.first == CompletionProgram.argument {
            let isOwnScript = arguments.first == CompletionProgram.argument
            if isOwnScript { arguments.removeFirst() }
            ThisProcess.silenceErrors()
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
