internal import RolloutHeal
internal import Rollouts

extension HealReport {
    /// What became of a Rollout, behind its name; nil where that is told elsewhere.
    nonisolated func words(of outcome: HealOutcome) -> String? {
        let dry = options.dryRun == .none ? "" : options.dryRun == .client ? " (dry run)" : " (server dry run)"
        switch outcome.result {
        case .healed(let step, let after, let evicted):
            let pods = evicted == 0 ? "no pod evicted" : "\(Self.count(Int(evicted), "pod")) evicted"
            return "healed by a \(step.rawValue) in \(Self.seconds(after)) s, \(pods)"
        case .begun: return nil  // told as it happened
        case .seenAgain(let phase, let message):
            return "reconciled: \(phase)" + (message.isEmpty ? "" : ", \(message)")
        case .notHealed(let step, let why):
            return "not healed by the \(step.rawValue)" + (why.isEmpty ? "" : " (\(why))")
        case .held(let gate, let diagnosis, let why):
            let word = diagnosis?.rawValue ?? gate.rawValue
            return "skipped (\(gate == .policy || gate.rawValue == word ? word : "\(word), \(gate.rawValue)"): \(why))"
        case .nothing(let phase):
            return options.refreshOnly ? "nothing to refresh (\(phase))" : "nothing to do (\(phase))"
        case .gone: return "gone: it was deleted, recreated, or left the Application"
        case .would(let step, let consequence):
            return "\(step == .refresh ? "refreshed" : "restarted")\(dry)" + (consequence.map { "; \($0)" } ?? "")
        case .denied(let rights): return "not healed: the account may not patch \(rights.joined(separator: ", "))"
        case .failed: return nil
        }
    }
}
