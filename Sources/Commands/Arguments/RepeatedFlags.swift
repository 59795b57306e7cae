internal import KubeConfig
internal import Rollouts

/// The flags of a command that is shown for somebody to type.
extension ConnectionOptions {
    /// Those that were given here and change which Rollout is restarted, or whether; nil where one is a credential.
    func repeated(with ruleOptions: RuleOptions) -> String? {
        let given = flags.given.filter { $0.subject != .request }
        if given.contains(where: { $0.subject == .credential }) { return nil }
        let rule: [(String, String?)] = [
            ("policy", ruleOptions.policy == .strict ? nil : ruleOptions.policy.rawValue),
            ("cooldown", ruleOptions.cooldown == RuleOptions.defaultCooldown ? nil : ruleOptions.cooldown),
            ("max-restarts", ruleOptions.maxRestarts.map { String($0) }),
        ]
        let values =
            given.flatMap { flag in flags.values(of: flag).map { (flag.name, $0 as String?) } } + rule
            + ruleOptions.consent.window.map { ("window", $0 as String?) }
        let switches = given.filter { !$0.takesValue }.map(\.name)
        return values.map { flag, value in value.map { " --\(flag) \($0.quotedForShell)" } ?? "" }.joined()
            + switches.map { " --\($0)" }.joined()
            + (ruleOptions.allowSolePod ? " --allow-sole-pod" : "")
            + (ruleOptions.allowUnproven ? " --allow-unproven" : "")
            + (ruleOptions.consent.optIn ? " --opt-in" : "")
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
