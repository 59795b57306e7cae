package import KubeClient

/// Why a command could not do, or not do all of, its work.
package enum RolloutHealError: Error, Sendable, Equatable {
    case api(KubeError)
    /// An object that does not have the shape of its kind; `what` names field and fault.
    case undecodable(kind: String, name: String, what: String)
    /// An object that is changed by others faster than it can be judged.
    case keepsChanging(name: String, tries: Int)
    /// A file of objects that cannot be read; `place` is `file` or `file:line:column`.
    case file(place: String, reason: String)
}
