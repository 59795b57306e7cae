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
              0 done, or nothing to do; 1 failed, a retry may help; 2 wrong usage; 3 unauthorized or forbidden;
              4 a followed restart did not recover in time; 10 list --exit-code found some; 130, 143 on a signal.
            """,
        subcommands: [ListCommand.self, RestartCommand.self, ExplainCommand.self, VersionCommand.self])
}
