/// Which diagnoses are restarted.
package enum Policy: String, Sendable, CaseIterable {
    /// Everything that matches the base rule, at once, as the script that came before did.
    case rule
    /// What is stuck though a refresh was tried; everything else is held back.
    case strict

    /// What it restarts, in words.
    package var scope: String {
        switch self {
        case .rule: "everything that matches the rule"
        case .strict: "stuck Rollouts, and only after a refresh that did not help"
        }
    }
}
