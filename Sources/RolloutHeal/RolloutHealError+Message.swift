internal import KubeClient

extension RolloutHealError {
    /// One sentence, in kubectl's words where the API server said no.
    package var message: String {
        switch self {
        case .api(let error): error.message
        case .undecodable(let kind, let name, let what): "cannot read \(kind) \(name): \(what)"
        case .keepsChanging(let name, let tries):
            "Rollout \(name) was changed by others at each of \(tries) tries; nothing was restarted"
        case .file(let place, let reason): "\(place): \(reason)"
        }
    }
}
