internal import Synchronization

/// What other threads ask of the transfer thread: a queue behind a lock, and the bell that ends its wait.
final class LoopInbox: Sendable {
    enum Command: Sendable {
        case start(Exchange)
        /// The reader has made room.
        case resume(Exchange)
        /// Nobody wants the rest.
        case stop(Exchange)
    }

    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var bell: MultiHandle.Bell?
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Once closed, a start ends at once with ``HTTPTransportError/cancelled``; the rest has no meaning any more.
    func post(_ command: Command) {
        let refused = state.withLock { state in
            guard !state.isClosed else { return true }
            state.commands.append(command)
            if state.commands.count == 1 { state.bell?.ring() }
            return false
        }
        if refused, case .start(let exchange) = command { exchange.finish(.cancelled) }
    }

    func close() {
        state.withLock { state in
            state.isClosed = true
            state.bell?.ring()
        }
    }

    /// For the transfer thread only: the bell to ring from now on.
    func attach(_ bell: MultiHandle.Bell) {
        state.withLock { $0.bell = bell }
    }

    /// For the transfer thread only: everything asked since the last call, nil once closed.
    func take() -> [Command]? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            defer { state.commands.removeAll() }
            return state.commands
        }
    }

    /// For the transfer thread only, before it frees what the bell hangs on: what was asked and never taken.
    func detach() -> [Command] {
        state.withLock { state in
            state.bell = nil
            defer { state.commands = [] }
            return state.commands
        }
    }
}
