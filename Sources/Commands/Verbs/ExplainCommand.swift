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
            world.console.out(ExplanationScreen(style: style, flags: flags).text(explanation, rule))
            return .success
        }
    }

    /// Those that were given here and change which Rollout is restarted, or whether; nil where one is a credential.
    private var flags: String? {
        let given = connection.flags.given.filter { $0.subject != .request }
        if given.contains(where: { $0.subject == .credential }) { return nil }
        let rule: [(String, String?)] = [
            ("policy", ruleOptions.policy == .strict ? nil : ruleOptions.policy.rawValue),
            ("cooldown", ruleOptions.cooldown == RuleOptions.defaultCooldown ? nil : ruleOptions.cooldown),
            ("max-restarts", ruleOptions.maxRestarts.map { String($0) }),
        ]
        let values =
            given.flatMap { flag in connection.flags.values(of: flag).map { (flag.name, $0 as String?) } } + rule
        let switches = given.filter { !$0.takesValue }.map(\.name)
        return values.map { flag, value in value.map { " --\(flag) \($0.quotedForShell)" } ?? "" }.joined()
            + switches.map { " --\($0)" }.joined()
            + (ruleOptions.allowSolePod ? " --allow-sole-pod" : "")
            + (ruleOptions.allowUnproven ? " --allow-unproven" : "")
    }
}

extension ConnectionFlags {
    /// What was typed for a flag; nothing for a switch, nor what is secret.
    fileprivate func values(of flag: ConnectionFlag) -> [String] {
        switch flag.value {
        case .text(let path), .file(let path): self[keyPath: path].map { [$0] } ?? []
        case .list(let path): self[keyPath: path]
        case .switched, .secret: []
        }
    }
}

extension String {
    /// As a shell takes it for one word.
    fileprivate var quotedForShell: String {
        let isPlain = !isEmpty && allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_./:@%+=,".contains($0)) }
        return isPlain ? self : "'" + safeForTerminal.replacing("'", with: "'\\''") + "'"
    }
}
