package import KubeClient
package import Rollouts

/// Why a command could not do its work completely.
package enum RolloutHealError: Error, Sendable, Equatable {
    case api(KubeError)
    /// An object without the shape of its kind; `what` names the field and the fault.
    case undecodable(kind: String, name: String, what: String)
    /// A Rollout that is not in the requested namespace, but in others.
    indirect case elsewhere([RolloutID], because: RolloutHealError)
    /// Rollouts that match the rule, but whose ReplicaSets could not be read.
    indirect case unjudged([RolloutID], because: RolloutHealError)
    /// A restart without a response: its outcome is unknown.
    indirect case outcomeUnknown(of: RolloutID, because: RolloutHealError)
    /// The API server's clock is this many seconds ahead of ours, which is too much to trust either.
    case clocksApart(by: Duration)
    /// An object that other clients change faster than it can be judged.
    case keepsChanging(name: String, tries: Int)
    /// The evidence was too old each time a restart could have been sent.
    case tooSlow(name: String, limit: Duration)
    /// No namespace matches the selector, so that nothing would be read.
    case noNamespace(selector: String)
    /// An unreadable file of objects; `place` is `file` or `file:line:column`.
    case file(place: String, reason: String)
}
