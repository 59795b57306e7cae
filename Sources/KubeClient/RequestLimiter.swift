internal import Synchronization

/// A client's own limit for requests, as client-go's: a burst, then a number per second, in the order of asking.
package final class RequestLimiter: Sendable {
    /// A turn that has been waited for, for one request.
    final class Turn: Sendable {
        private let isTaken = Atomic(false)

        /// Returns true the first time.
        func take() -> Bool {
            !isTaken.exchange(true, ordering: .relaxed)
        }
    }

    private struct State {
        /// Negative while future turns are reserved.
        var left: Double
        var countedAt = Duration.zero
    }

    private let perSecond: Double
    private let burst: Double
    private let state: Mutex<State>

    /// - Parameters:
    ///   - perSecond: more than 0.
    ///   - burst: at least 1.
    package init(perSecond: Double, burst: Int) {
        self.perSecond = perSecond
        self.burst = Double(burst)
        state = Mutex(State(left: self.burst))
    }

    /// Reserves the next turn and returns the time until then.
    func reserve(at uptime: Duration) -> Duration {
        state.withLock { state in
            if uptime > state.countedAt {
                state.left = min(burst, state.left + (uptime - state.countedAt) / .seconds(1) * perSecond)
                state.countedAt = uptime
            }
            state.left -= 1
            return state.left >= 0 ? .zero : .seconds(-state.left / perSecond)
        }
    }

    /// Returns a turn that was reserved and is not used.
    func giveBack() {
        state.withLock { $0.left = min(burst, $0.left + 1) }
    }
}
