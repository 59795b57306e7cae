internal import Formats
internal import ArgumentParser
internal import KubeConfig
internal import Rollouts

/// The policy and limits of restarts.
struct RuleOptions: ParsableArguments {
    /// The values of `--policy`.
    enum PolicyName: String, CaseIterable, ExpressibleByArgument {
        case rule, strict
        /// From v0.1: strict, including unproven Rollouts.
        case cautious

        static let allValueStrings = Policy.allCases.map(\.rawValue)
    }

    @Option(
        parsing: .unconditional,
        help: "strict: restart only what is still stuck after a refresh; rule: restart every match at once.")
    var policy = PolicyName.strict

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Minimum time between two restarts of one Rollout.", valueName: "time"))
    var cooldown = RuleOptions.defaultCooldown

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Restarts that may fail to help, per pod template: \(HealRule.defaultMaxRestarts), or "
                + "\(HealRule.maxRestartsByHand) on a terminal.", valueName: "count"))
    var maxRestarts: Int?

    @Flag(help: "Also restart a Rollout if all its pods would be evicted at once.")
    var allowSolePod = false

    @Flag(help: "Also restart unproven Rollouts, whose ReplicaSets cannot be read.")
    var allowUnproven = false

    @OptionGroup var consent: ConsentOptions

    static let defaultCooldown = "15m"

    /// - Parameter console: allows more restarts if a person is at the terminal.
    func rule(_ console: Console? = nil) throws(UsageError) -> HealRule {
        if let maxRestarts, maxRestarts < 0 {
            throw .badValue(flag: "--max-restarts", value: "\(maxRestarts)", reason: "it is negative")
        }
        let coolDown = try duration(cooldown, flag: "--cooldown")
        if policy == .cautious {
            console?.err("warning: --policy cautious is read as --policy strict --allow-unproven\n")
        }
        let isByHand = console.map { $0.isInputTerminal && $0.isErrorTerminal } ?? false
        var rule = HealRule(
            policy: policy == .rule ? .rule : .strict, coolDown: coolDown,
            maxRestarts: maxRestarts ?? (isByHand ? HealRule.maxRestartsByHand : HealRule.defaultMaxRestarts),
            allowsSolePod: allowSolePod, allowsUnproven: allowUnproven || policy == .cautious)
        try consent.apply(to: &rule)
        return rule
    }
}

/// The interval between the two evidence reads before a restart.
struct SettleOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Time between the two evidence reads that must agree before a restart.", valueName: "time"))
    var settle = "\(Settle.defaultDuration.components.seconds)s"

    func value() throws(UsageError) -> Duration {
        try duration(settle, flag: "--settle")
    }
}

/// The number or share of timeouts that counts as a storm.
struct StormOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Number or share of new time-outs above which nothing is restarted.", valueName: "count|%"))
    var stormThreshold = "30%"

    func value() throws(UsageError) -> Storm {
        guard let storm = Storm(threshold: stormThreshold) else {
            throw .badValue(
                flag: "--storm-threshold", value: stormThreshold, reason: "it is neither a count nor 0% to 100%")
        }
        return storm
    }
}

/// The time limit for a restart.
struct TimeoutOption: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Maximum time that a restart may go without progress.", valueName: "time"))
    var timeout = "5m"

    func value() throws(UsageError) -> Duration {
        try duration(timeout, flag: "--timeout")
    }
}

/// Whether to follow a requested restart.
struct WaitOption: ParsableArguments {
    enum Answer: String, CaseIterable, ExpressibleByArgument {
        case yes = "true"
        case no = "false"
    }

    @Option(
        parsing: .unconditional,
        help: "Follow each restart to Healthy, and take it back if it shows no progress; --wait=false requires --yes.")
    var wait = Answer.yes

    /// - Parameter hasAgreed: whether `--yes` was given, or nothing is written.
    func value(hasAgreed: Bool) throws(UsageError) -> Bool {
        if wait == .no, !hasAgreed {
            throw .conflict("--wait=false requires --yes: a restart that shows no progress is then not taken back")
        }
        return wait == .yes
    }
}

/// Parses a duration like kubectl's flags: `90s`, `5m`, `1h30m`, or an integer in seconds; at most 366 days.
func duration(_ text: String, flag: String) throws(UsageError) -> Duration {
    guard let duration = Int64(text).map({ .seconds($0) }) ?? GoDuration.parse(text), duration >= .zero else {
        throw .badValue(flag: flag, value: text, reason: "it is not a duration such as 90s, 5m or 1h30m")
    }
    if duration > .seconds(366 * 24 * 3600) {
        throw .badValue(flag: flag, value: text, reason: "it is more than a year")
    }
    return duration
}
