internal import Synchronization

/// The commands of other threads to the transfer thread: a locked queue, and the bell that ends its wait.
final class LoopInbox: Sendable {
    enum Command: Sendable {
        case start(Exchange)
        /// The reader has emptied the buffer.
        case resume(Exchange)
        /// The reader needs no more data.
        case stop(Exchange)
    }

    private struct State {
        var commands: [Command] = []
        var isClosed = false
        var bell: MultiHandle.Bell?
    }

    private let state = Mutex(State())

    var isClosed: Bool { state.withLock { $0.isClosed } }

    /// Queues a command. After closing, a start ends with ``HTTPTransportError/cancelled``, and others are ignored.
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

    /// Sets the bell; for the transfer thread only.
    func attach(_ bell: MultiHandle.Bell) {
        state.withLock { $0.bell = bell }
    }

    /// Returns the commands since the last call, or nil once closed; for the transfer thread only.
    func take() -> [Command]? {
        state.withLock { state in
            guard !state.isClosed else { return nil }
            defer { state.commands.removeAll() }
            return state.commands
        }
    }

    /// Removes the bell and returns the commands left; for the transfer thread only, before it frees the multi handle.
    func detach() -> [Command] {
        state.withLock { state in
            state.bell = nil
            defer { state.commands = [] }
            return state.commands
        }
    }
}
