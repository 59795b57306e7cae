internal import Rollouts

/// What somebody is asked before a Rollout is restarted from the page.
struct RestartQuestion: Sendable, Equatable {
    var id: RolloutID
    /// That a restart would evict, as things are now.
    var pods: Int64
    /// A refresh goes before it, and may help.
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
