/// The reader's hold on an exchange: letting go of it ends the transfer.
final class ResponseReader: Sendable {
    private let exchange: Exchange
    /// Held so that a body outlives the transport that gave it out.
    private let loop: EventLoop
    /// The longest that a head can take by the bounds of its request; nil where it has none.
    private let headLimit: Duration?

    init(_ exchange: Exchange, _ loop: EventLoop, headLimit: Duration?) {
        self.exchange = exchange
        self.loop = loop
        self.headLimit = headLimit
    }

    deinit {
        exchange.cancel()
    }

    func head() async throws(HTTPTransportError) -> ResponseHead {
        // The thread keeps the bounds itself, but where a peer floods the handshake, and OpenSSL does not give it back.
        let guardian = headLimit.map { limit in
            Task { [exchange] in
                do { try await Task.sleep(for: limit) } catch { return }
                exchange.finish(.timedOut(during: "connecting"))
            }
        }
        defer { guardian?.cancel() }
        return try await withTaskCancellationHandler {
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
