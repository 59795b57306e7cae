internal import ArgumentParser
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct ExplainCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Show the evidence for the diagnosis of one Rollout, every gate, and what heal would do.",
        usage: "kubectl rollout-heal explain NAME [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal explain web -n shop
              kubectl rollout-heal explain web --allow-sole-pod
            """)

    @Argument(help: ArgumentHelp("Name of the Rollout.", valueName: "NAME"))
    var name: String

    @OptionGroup var ruleOptions: RuleOptions

    @Option(parsing: .unconditional, help: "Color the output: auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let rule = try ruleOptions.rule(world.console)
        _ = try ScopeOptions.rolloutID(name, in: "")
        try connection.checkNamespace()
        return try await interruptible {
            let session = try Session(connection, in: world)
            let id = try ScopeOptions.rolloutID(name, in: session.connection.namespace)
            let explanation = try await ExplainRollout(session.api, rule: rule).explain(id)
            if let moved = explanation.moved { world.console.err(moved.note) }
            let style = Style(color, world)
            world.console.out(
                ExplanationScreen(style: style, flags: connection.repeated(with: ruleOptions)).text(explanation, rule))
            return .success
        }
    }
}
