internal import RolloutHeal
internal import Synchronization

/// Reports the Rollouts that are still followed to the progress line.
final class FollowProgress: Sendable {
    private struct State {
        var left: [FollowRestarts.Restart]
        var replicas: [FollowRestarts.Restart: String] = [:]
    }

    private let count: Int
    private let showsNamespace: Bool
    private let line: ProgressLine
    private let state: Mutex<State>

    init(_ restarts: [FollowRestarts.Restart], showsNamespace: Bool, _ line: ProgressLine) {
        count = restarts.count
        self.showsNamespace = showsNamespace
        self.line = line
        state = Mutex(State(left: restarts))
        show()
    }

    func saw(_ progress: FollowRestarts.Progress) {
        let replicas = progress.readyReplicas.map { "\($0)/\(progress.desiredReplicas)" }
        state.withLock { $0.replicas[progress.restart] = replicas }
        show()
    }

    func ended(_ outcome: FollowOutcome) {
        state.withLock { state in
            state.left.removeAll { $0.id == outcome.id }
        }
        show()
    }

    private func show() {
        let left = state.withLock { state in
            state.left.map { restart in
                Progress.Waiting(
                    name: (showsNamespace ? "\(restart.namespace)/" : "") + restart.name,
                    count: state.replicas[restart])
            }
        }
        line.show(.following(left: left, of: count))
    }
}
