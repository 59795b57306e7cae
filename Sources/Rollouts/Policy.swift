/// The policy: which diagnoses are restarted.
package enum Policy: String, Sendable, CaseIterable {
    /// Restarts everything that matches the base rule, immediately, like the script that this program replaced.
    case rule
    /// Restarts only what is stuck after a refresh; holds everything else back.
    case strict

    /// The restarted diagnoses in words.
    package var scope: String {
        switch self {
        case .rule: "everything that matches the rule"
        case .strict: "stuck Rollouts, and only after a refresh that did not help"
        }
    }
}
