internal import Rollouts

/// The question before a restart from the page.
struct RestartQuestion: Sendable, Equatable {
    var id: RolloutID
    /// The number of pods that a restart would evict at present.
    var pods: Int64
    /// Whether a refresh comes first, which may help.
    var refreshesFirst: Bool

    var text: String {
        let name = "\(id.namespace)/\(id.name)".safeForTerminal
        let pods = "\(pods) pod\(pods == 1 ? "" : "s")"
        let cost =
            refreshesFirst
            ? "a refresh comes first; if it does not help, a restart evicts \(pods), one after the other"
            : "it evicts \(pods)"
        return "Restart \(name)? (\(cost)) [y/N]"
    }
}
