internal import ArgumentParser

struct OptionsCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "options",
        abstract: "List the connection flags that every command takes.",
        usage: "kubectl rollout-heal options",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal options
            """)

    func run(in world: World) async throws -> ExitStatus {
        world.console.out(
            "The following flags can be passed to any command that uses a cluster. They mean the same to kubectl, which\n"
                + "has no --qps and --burst:\n\n"
                + ConnectionOptions.listing)
        return .success
    }
}
