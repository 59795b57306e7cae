internal import Synchronization

/// One request and its response, shared by the reading task and the transfer thread.
final class Exchange: Sendable {
    let request: HTTPRequest
    private let state = Mutex(ExchangeState())
    private let inbox: LoopInbox

    init(_ request: HTTPRequest, _ inbox: LoopInbox) {
        self.request = request
        self.inbox = inbox
    }

    // MARK: The reader's side

    func awaitHead(_ waiter: ExchangeState.HeadWaiter) {
        perform(state.withLock { $0.awaitHead(waiter) })
    }

    func awaitPiece(_ waiter: ExchangeState.PieceWaiter) {
        let (action, resumes) = state.withLock { $0.awaitPiece(waiter) }
        if resumes { inbox.post(.resume(self)) }
        perform(action)
    }

    /// Ends the exchange for the reader at once; the transfer thread then closes it.
    func cancel() { end { $0.cancel() } }

    // MARK: The transfer's side

    var hasEnded: Bool { state.withLock { $0.hasEnded } }

    var pieces: Int { state.withLock { $0.pieces } }

    var isAwaited: Bool { state.withLock { $0.isAwaited } }

    func receive(_ head: ResponseHead) {
        state.withLock { $0.receive(head) }
    }

    /// Returns false if the buffer is full; see ``ExchangeState/receive(_:)-(UnsafeRawBufferPointer)``.
    func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
        state.withLock { unsafe $0.receive(piece) }
    }

    /// Hands received data to the reader, several chunks at a time: waking a task is expensive.
    func deliver() {
        let (action, resumes) = state.withLock { $0.advance() }
        if resumes { inbox.post(.resume(self)) }
        perform(action)
    }

    func finish(_ error: HTTPTransportError?) {
        let action = state.withLock { state in
            state.finish(error)
            return state.advance().action
        }
        perform(action)
    }

    /// Ends the exchange with `error` from outside of the transfer thread, which then closes it.
    func abort(_ error: HTTPTransportError) {
        end { state in
            let isRunning = !state.hasEnded
            state.finish(error)
            return (state.advance().action, isRunning)
        }
    }

    private func end(_ change: (inout ExchangeState) -> (action: ExchangeState.Action, stops: Bool)) {
        let (action, stops) = state.withLock { change(&$0) }
        if stops { inbox.post(.stop(self)) }
        perform(action)
    }

    private func perform(_ action: ExchangeState.Action) {
        switch action {
        case .nothing: break
        case .giveHead(let waiter, let result): waiter.resume(returning: result)
        case .givePiece(let waiter, let result): waiter.resume(returning: result)
        }
    }
}
