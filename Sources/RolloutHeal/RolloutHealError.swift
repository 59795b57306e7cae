package import KubeClient
package import Rollouts

/// Why a command could not do, or not do all of, its work.
package enum RolloutHealError: Error, Sendable, Equatable {
    case api(KubeError)
    /// An object that does not have the shape of its kind; `what` names field and fault.
    case undecodable(kind: String, name: String, what: String)
    /// A Rollout that is not where it was asked for, and is in other namespaces.
    indirect case elsewhere([RolloutID], because: RolloutHealError)
    /// Rollouts that match the rule, whose ReplicaSets could not be read.
    indirect case unjudged([RolloutID], because: RolloutHealError)
    /// A restart that was asked for without an answer, and nobody can say what became of it.
    indirect case outcomeUnknown(because: RolloutHealError)
    /// The API server's clock is that many seconds ahead of ours: nobody can say what time it is.
    case clocksApart(seconds: Int64)
    /// An object that is changed by others faster than it can be judged.
    case keepsChanging(name: String, tries: Int)
    /// Evidence was too old each time that a restart could have been sent.
    case tooSlow(name: String, limit: Duration)
    /// A file of objects that cannot be read; `place` is `file` or `file:line:column`.
    case file(place: String, reason: String)
}
