internal import Formats
internal import KubeClient
internal import Rollouts

/// Of many restarts one goes first: the others wait until the controller has observed it, and are not asked for if it does not.
actor FirstRestart {
    enum Turn: Sendable, Equatable {
        /// It is the first: ``ended(_:)`` has to be told what became of it.
        case first
        case open
        /// The controller has not observed the first one.
        case closed
    }

    enum End: Sendable {
        case observed, unobserved
        /// It was not asked for after all: somebody else goes first.
        case notMade
    }

    private enum State {
        case untried, underWay, open, closed
    }

    private var state = State.untried
    private var waiting: [CheckedContinuation<Turn, Never>] = []

    /// Waits while another is the first; `hasWaited` then, so that what was judged before is judged again.
    func turn() async -> (turn: Turn, hasWaited: Bool) {
        switch state {
        case .open: return (.open, false)
        case .closed: return (.closed, false)
        case .untried:
            state = .underWay
            return (.first, false)
        case .underWay: return (await withCheckedContinuation { waiting.append($0) }, true)
        }
    }

    /// Of the first: lets the others go on.
    func ended(_ end: End) {
        switch end {
        case .observed:
            state = .open
            resumeAll(.open)
        case .unobserved:
            state = .closed
            resumeAll(.closed)
        case .notMade where waiting.isEmpty: state = .untried
        case .notMade: waiting.removeFirst().resume(returning: .first)
        }
    }

    private func resumeAll(_ turn: Turn) {
        for one in waiting { one.resume(returning: turn) }
        waiting = []
    }
}

extension RestartRollouts {
    /// Whether the controller observes the restart of `rollout` in time; of one that it does not, whether it was taken back.
    enum Observed: Sendable, Equatable {
        case yes
        case no(isTakenBack: Bool)
    }

    private static let longestLook = Duration.seconds(2)

    /// Looks until the controller has observed that generation; what it has not in time is taken back.
    func observed(
        _ rollout: Rollout, _ restartAt: Timestamp, generation: Int64
    ) async throws(RolloutHealError) -> Observed {
        let deadline = api.time.uptime() + min(Breaker.patience, timeout)
        var pause = Duration.milliseconds(100)
        while true {
            do throws(RolloutHealError) {
                let stored = try await reread(rollout)
                if stored.metadata.uid != rollout.metadata.uid { return .yes }  // it says nothing about the controller
                if stored.hasObserved(generation: generation) { return .yes }
            } catch .api(.cancelled) {
                throw .api(.cancelled)
            } catch {
                if error.saysNotFound { return .yes }  // nor does one that was deleted
            }
            let left = deadline - api.time.uptime()
            guard left > .zero else { break }
            try await api.pause(min(pause, left))
            pause = min(pause * 2, Self.longestLook)
        }
        let outcome = await cancel(RolloutID(rollout), only: restartAt)
        return .no(isTakenBack: outcome.result == .cancelled)
    }
}
