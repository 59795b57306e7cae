internal import ArgumentParser

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl-rollout_heal",
        abstract: "Find Argo Rollouts that timed out or whose status comes from a stale cache, and heal them, "
            + "without evicting a pod where possible.",
        usage: "kubectl rollout-heal COMMAND [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal list -A
              kubectl rollout-heal explain web -n shop
              kubectl rollout-heal heal -n shop --dry-run=client
              kubectl rollout-heal heal -n shop

            EXIT STATUS:
              0   done, or nothing to do          1   failed, a retry may help
              2   usage error                     3   unauthorized or forbidden
              4   did not help in time            5   a named Rollout is held back
              10  list --exit-code found some     130, 143  ended by SIGINT, SIGTERM
            """,
        subcommands: [
            ListCommand.self, ExplainCommand.self, HealCommand.self, RefreshCommand.self, RestartCommand.self,
            WatchCommand.self, VersionCommand.self, CompletionsCommand.self,
        ])

    /// The words that are valid in place of a command.
    static var commands: [String] {
        configuration.subcommands.map { $0.configuration.commandName ?? "" } + ["help"]
    }
}
