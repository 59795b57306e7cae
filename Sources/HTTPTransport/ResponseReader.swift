/// The reader's hold on an exchange: letting go of it ends the transfer.
final class ResponseReader: Sendable {
    private let exchange: Exchange
    /// Held so that a body outlives the transport that gave it out.
    private let loop: EventLoop

    init(_ exchange: Exchange, _ loop: EventLoop) {
        self.exchange = exchange
        self.loop = loop
    }

    deinit {
        exchange.cancel()
    }

    func head() async throws(HTTPTransportError) -> ResponseHead {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { exchange.awaitHead($0) }
        } onCancel: {
            exchange.cancel()
        }.get()
    }

    func next() async throws(HTTPTransportError) -> [UInt8]? {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { exchange.awaitPiece($0) }
        } onCancel: {
            exchange.cancel()
        }.get()
    }
}
