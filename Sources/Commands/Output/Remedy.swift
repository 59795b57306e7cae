internal import RolloutHeal
internal import Rollouts

/// What would be done about a Rollout that was explained, and how to do it.
struct Remedy {
    /// Without the command.
    var sentence: String
    /// Nil where none would help, or its flags cannot be shown.
    var command: String?

    /// - Parameter flags: those that the same Rollout is healed with, under the same rule; nil where they cannot be shown.
    init(for explanation: Explanation, under rule: HealRule, flags: String?) {
        let seen = explanation.assessment
        guard let verdict = seen.verdict else {
            self.init("Nothing is wrong: no action is needed")
            return
        }
        func command(_ verb: String) -> String? {
            flags.map { flags in
                "kubectl rollout-heal \(verb) \(seen.name.quotedForShell) -n \(seen.namespace.quotedForShell)\(flags)"
            }
        }
        if verdict.diagnosis.isControllersView {
            self.init("A refresh makes the controller reconcile, and evicts no pod", command("heal"))
        } else if verdict.restarts {
            let isRule = rule.policy == .rule
            self.init(
                isRule
                    ? "A restart is due"
                    : "A refresh is due, which evicts no pod; a restart follows only if it does not help",
                command(isRule ? "restart" : "heal"))
        } else if let gate = verdict.heldBy {
            let remedy = gate.gate == .attempts ? Self.lifting(seen) : gate.gate.remedy
            self.init("It would not be restarted now: \(gate.reason)" + (remedy.map { ". \($0)" } ?? ""))
        } else {
            self.init("It would not be restarted: \(seen.explanation ?? verdict.diagnosis.rawValue)")
        }
    }

    private init(_ sentence: String, _ command: String? = nil) {
        self.sentence = sentence
        self.command = command
    }

    /// For the last line of a page.
    var text: String {
        sentence.safeForTerminal + (command.map { ": \($0.safeForTerminal)" } ?? ".")
    }

    /// What is in vain is counted on the object; removing that begins anew.
    private static func lifting(_ seen: Assessment) -> String {
        let labels = [Marks.restarts, Marks.podHash].map { "\($0)-" }.joined(separator: " ")
        return "To reset the count: kubectl label rollouts.argoproj.io \(seen.name.quotedForShell) -n "
            + "\(seen.namespace.quotedForShell) \(labels)"
    }
}
