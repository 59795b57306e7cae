internal import ArgumentParser

struct CompletionsCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print the shell completion script for kubectl-rollout_heal.",
        usage: "kubectl rollout-heal completions bash|zsh|fish",
        discussion: """
            'kubectl rollout-heal <TAB>' works without it: kubectl 1.26 and later calls kubectl_complete-rollout_heal,
            another name of the plugin on PATH.

            EXAMPLES:
              mkdir -p ~/.local/share/bash-completion/completions
              kubectl rollout-heal completions bash >~/.local/share/bash-completion/completions/kubectl-rollout_heal
              kubectl rollout-heal completions zsh >"${fpath[1]}/_kubectl-rollout_heal"
              kubectl rollout-heal completions fish >~/.config/fish/completions/kubectl-rollout_heal.fish
            """)

    @Argument(help: ArgumentHelp("bash, zsh or fish.", valueName: "SHELL"))
    var shell: ShellScript

    func run(in world: World) async throws -> ExitStatus {
        world.console.out(shell.text)
        return .success
    }
}
