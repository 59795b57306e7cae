internal import RolloutHeal
internal import Rollouts

/// The next step for an explained Rollout, and the command for it.
struct Remedy {
    /// The sentence without the command.
    var sentence: String
    /// Nil if no command would help, or its flags cannot be shown.
    var command: String?

    /// - Parameter flags: the flags that heal the same Rollout under the same rule; nil if they cannot be shown.
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

    /// The last line of the screen.
    var text: String {
        sentence.safeForTerminal + (command.map { ": \($0.safeForTerminal)" } ?? ".")
    }

    /// How to reset the count of restarts that did not help.
    private static func lifting(_ seen: Assessment) -> String {
        let labels = [Marks.restarts, Marks.podHash].map { "\($0)-" }.joined(separator: " ")
        return "To reset the count: kubectl label rollouts.argoproj.io \(seen.name.quotedForShell) -n "
            + "\(seen.namespace.quotedForShell) \(labels)"
    }
}
