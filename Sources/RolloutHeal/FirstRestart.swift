internal import Formats
internal import KubeClient
internal import Rollouts

/// Lets one of many restarts go first: the others wait until the controller has observed it, and are dropped if it does
/// not.
actor FirstRestart {
    enum Turn: Sendable, Equatable {
        /// The caller is first, and must call ``ended(_:)``.
        case first
        case open
        /// The controller has not observed the first restart.
        case closed
    }

    enum End: Sendable {
        case observed, unobserved
        /// The restart was not requested after all: another caller goes first.
        case notMade
    }

    private enum State {
        case untried, underWay, open, closed
    }

    private var state = State.untried
    private var waiting: [CheckedContinuation<Turn, Never>] = []

    /// Waits while another restart is the first. With `hasWaited`, the caller must judge its Rollout again.
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

    /// Reports the end of the first restart and releases the waiting callers.
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
    /// Whether the controller observed a restart in time, and if not, whether it was taken back.
    enum Observed: Sendable, Equatable {
        case yes
        case no(isTakenBack: Bool)
    }

    private static let longestLook = Duration.seconds(2)

    /// Waits until the controller has observed `generation`; after the time limit, takes the restart back.
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
                if error.saysNotFound { return .yes }  // neither does a deleted one
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
