internal import ArgumentParser
internal import KubeConfig
internal import Rollouts

/// Policy and bounds of a restart.
struct RuleOptions: ParsableArguments {
    @Option(
        parsing: .unconditional,
        help: "rule: all that match; cautious: stuck and unproven; strict: stuck, more than one replica.")
    var policy: Policy?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("Shortest time between two restarts of one Rollout.", valueName: "time"))
    var cooldown = RuleOptions.defaultCooldown

    @Option(parsing: .unconditional, help: ArgumentHelp("Restarts in vain for one pod template.", valueName: "count"))
    var maxRestarts = HealRule.defaultMaxRestarts

    @Flag(help: "Under strict, restart a Rollout with a single replica too.")
    var allowSingleReplica = false

    static let defaultCooldown = "15m"

    /// - Parameter defaultPolicy: the command's own.
    func rule(_ defaultPolicy: Policy) throws(UsageError) -> HealRule {
        if maxRestarts < 0 {
            throw .badValue(flag: "--max-restarts", value: "\(maxRestarts)", reason: "it is negative")
        }
        let coolDown = try duration(cooldown, flag: "--cooldown").components.seconds
        return HealRule(
            policy: policy ?? defaultPolicy, coolDown: coolDown, maxRestarts: maxRestarts,
            allowsSingleReplica: allowSingleReplica)
    }
}

/// A time as kubectl's flags take it: `90s`, `5m`, `1h30m`, or a bare number of seconds; at most a year.
func duration(_ text: String, flag: String) throws(UsageError) -> Duration {
    guard let duration = Int64(text).map({ .seconds($0) }) ?? GoDuration.parse(text), duration >= .zero else {
        throw .badValue(flag: flag, value: text, reason: "it is no time such as 90s, 5m or 1h30m")
    }
    if duration > .seconds(366 * 24 * 3600) {
        throw .badValue(flag: flag, value: text, reason: "it is more than a year")
    }
    return duration
}

extension Policy: ExpressibleByArgument {}
