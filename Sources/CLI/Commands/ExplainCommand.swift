internal import ArgumentParser
internal import KubeConfig
internal import RolloutHeal
internal import Rollouts

struct ExplainCommand: RunnableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Shows everything that the diagnosis of one Rollout rests on, and what a restart would do.",
        usage: "kubectl rollout-heal explain NAME [flags]",
        discussion: """
            EXAMPLES:
              kubectl rollout-heal explain web -n shop
              kubectl rollout-heal explain web --policy strict
            """)

    @Argument(help: ArgumentHelp("The Rollout.", valueName: "NAME"))
    var name: String

    @OptionGroup var ruleOptions: RuleOptions

    @Option(parsing: .unconditional, help: "auto, always or never.")
    var color = ColorChoice.auto

    @OptionGroup var connection: ConnectionOptions

    func run(in world: World) async throws -> ExitStatus {
        let rule = try ruleOptions.rule(.cautious)
        let name = try ScopeOptions.bareName(name)
        try connection.checkNamespace()
        return try await interruptible {
            let session = try Session(connection, in: world)
            let explanation = try await ExplainRollout(session.api, rule: rule)(
                namespace: session.connection.namespace, name: name)
            let style = Style(color, world)
            world.console.out(ExplanationScreen(style: style).text(explanation, rule))
            return .success
        }
    }
}
