internal import ArgumentParser

struct RootCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kubectl-rollout_heal",
        abstract: "Find Argo Rollouts that timed out or whose status comes from a stale cache, and heal them, "
            + "without evicting a pod where possible.",
        usage: "kubectl rollout-heal COMMAND [flags]",
        discussion: """
            START HERE:
              kubectl rollout-heal list -A               # what needs attention
              kubectl rollout-heal explain web -n shop   # why, and what would help
              kubectl rollout-heal heal web -n shop      # refresh; restart only if needed
              kubectl rollout-heal watch -A              # what changes, as it changes

            EXIT STATUS:
              0   done, or nothing to do          1   failed, a retry may help
              2   usage error                     3   unauthorized or forbidden
              4   did not help in time            5   a named Rollout is held back
              10  list --exit-code found some     130, 143  ended by SIGINT, SIGTERM
            """,
        subcommands: [
            ListCommand.self, ExplainCommand.self, HealCommand.self, WatchCommand.self, RefreshCommand.self,
            RestartCommand.self, DoctorCommand.self, VersionCommand.self, CompletionsCommand.self, OptionsCommand.self,
        ])

    /// The words that are valid in place of a command.
    static var commands: [String] {
        configuration.subcommands.map { $0.configuration.commandName ?? "" } + ["help"]
    }
}
