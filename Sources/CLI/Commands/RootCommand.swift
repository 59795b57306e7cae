internal import ArgumentParser

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl-rollout_heal",
        abstract: "Finds Argo Rollouts that hang in ProgressDeadlineExceeded, and restarts those that a restart heals.",
        usage: "kubectl rollout-heal COMMAND [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal list -A
              kubectl rollout-heal explain web -n shop
              kubectl rollout-heal restart -n shop --dry-run=client
              kubectl rollout-heal restart -n shop --wait

            EXIT STATUS:
              0   done, or nothing to do          1   failed, a retry may help
              2   wrong usage                     3   unauthorized or forbidden
              4   not recovered in time (--wait)  10  list --exit-code found some
              130, 143  ended by SIGINT, SIGTERM
            """,
        subcommands: [
            ListCommand.self, RestartCommand.self, WatchCommand.self, ExplainCommand.self, VersionCommand.self,
            CompletionsCommand.self,
        ])

    /// What may stand where a command is expected.
    static var commands: [String] {
        configuration.subcommands.map { $0.configuration.commandName ?? "" } + ["help"]
    }
}
