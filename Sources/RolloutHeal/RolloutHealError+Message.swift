internal import KubeClient
internal import Rollouts

extension RolloutHealError {
    /// One sentence, in kubectl's words for a refusal by the API server.
    package var message: String {
        switch self {
        case .api(let error): error.message
        case .elsewhere(_, let error): error.message
        case .undecodable(let kind, let name, let what): "cannot read \(kind) \(name): \(what)"
        case .unjudged(let ids, let error):
            "\(error.message) (not judged, because their ReplicaSets could not be read: \(Self.names(ids)))"
        case .outcomeUnknown(let id, let error):
            "\(error.message) (the restart of \(Self.names([id])) may have been made nevertheless)"
        case .clocksApart(let difference):
            "the API server's clock and this machine's are \(difference.components.seconds.magnitude / 3600) hours apart; nothing was written"
        case .keepsChanging(let name, let tries):
            "Rollout \(name) was changed by another client on each of \(tries) tries; nothing was written"
        case .tooSlow(let name, let limit):
            "Rollout \(name): its evidence was more than \(limit.components.seconds) s old before the restart; nothing was written"
        case .noNamespace(let selector): "no namespace matches the selector \"\(selector)\""
        case .file(let place, let reason): "\(place): \(reason)"
        }
    }

    private static func names(_ ids: [RolloutID]) -> String {
        let shown = ids.prefix(5).map { "\($0.namespace)/\($0.name)" }.joined(separator: ", ")
        return shown + (ids.count > 5 ? " and \(ids.count - 5) more" : "")
    }
}
