internal import ArgumentParser
internal import RolloutHeal
internal import Rollouts

/// What owners have agreed to: whose Rollouts, and when.
struct ConsentOptions: ParsableArguments {
    @Flag(
        help: ArgumentHelp(
            "Heal only what has opted in: label or annotation \(Marks.heal): \"true\" on the Rollout or its namespace.")
    )
    var optIn = false

    @Option(
        parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "UTC hours in which restarts and updates may begin: 'Mon-Fri 08:00-18:00'; may be repeated.",
            valueName: "days hours"))
    var window: [String] = []

    /// Adds the conditions to a rule; the namespaces that opt in are read later.
    func apply(to rule: inout HealRule) throws(UsageError) {
        rule.windows = ChangeWindows(
            try window.map { text throws(UsageError) in
                do throws(ChangeWindow.Malformed) {
                    return try ChangeWindow(text)
                } catch {
                    throw .badValue(flag: "--window", value: text, reason: error.reason)
                }
            })
        if optIn { rule.optIn = OptIn(knowsNamespaces: false) }
        if rule.policy == .rule, !window.isEmpty {
            throw .conflict("--window and --policy rule cannot be used together: rule restarts every match at once")
        }
    }
}

extension Session {
    /// The rule with the namespaces in `scope` that opt in, if that is asked for; warns if they may not be read.
    func knowing(_ rule: HealRule, _ scope: Scope, _ console: Console) async throws -> HealRule {
        guard rule.optIn != nil else { return rule }
        var rule = rule
        rule.optIn = try await api.optIn(in: scope) { error in
            let reason = error.message.safeForTerminal
            console.err(
                "warning: \(reason); only Rollouts that have \(Marks.heal): \"true\" themselves count\n")
        }
        return rule
    }

    /// The same once more, after a question that may have been open for long.
    func stillKnowing(_ rule: HealRule, _ scope: Scope) async throws -> HealRule {
        var rule = rule
        if rule.optIn != nil { rule.optIn = try await api.optIn(in: scope) { _ in } }
        return rule
    }
}
