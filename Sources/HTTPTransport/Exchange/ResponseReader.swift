internal import Synchronization

/// The reader's hold on an exchange: letting go of it ends the transfer.
final class ResponseReader: Sendable {
    private let exchange: Exchange
    /// Held so that a body outlives the transport that gave it out.
    private let loop: EventLoop
    /// The longest that a head can take by the bounds of its request; nil where it has none.
    private let headLimit: Duration?
    private let start = ContinuousClock.now
    /// Of the body.
    private let guardian = Mutex<Task<Void, Never>?>(nil)
    /// What the thread is given to keep a bound itself.
    static let grace = Duration.seconds(1)

    init(_ exchange: Exchange, _ loop: EventLoop, headLimit: Duration?) {
        self.exchange = exchange
        self.loop = loop
        self.headLimit = headLimit
    }

    deinit {
        guardian.withLock { $0?.cancel() }
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
        let head = try await withTaskCancellationHandler {
            await withCheckedContinuation { exchange.awaitHead($0) }
        } onCancel: {
            exchange.cancel()
        }.get()
        guardBody()
        return head
    }

    /// As for the head: while a peer floods a stream with frames of nothing, libcurl does not give the thread back.
    private func guardBody() {
        let request = exchange.request
        let end = request.timeout.map { start + $0 + Self.grace }
        guard let pause = [request.timeout, request.stallTimeout].compactMap({ $0 }).min() else { return }
        let task = Task { [exchange] in
            var pieces = exchange.pieces
            while !exchange.hasEnded {
                let next = ContinuousClock.now + pause + Self.grace
                do { try await Task.sleep(until: min(next, end ?? next)) } catch { return }
                let isOver = end.map { ContinuousClock.now >= $0 } ?? false
                let isSilent = request.stallTimeout != nil && exchange.isAwaited && exchange.pieces == pieces
                if isOver || (isSilent && ContinuousClock.now >= next) {
                    exchange.finish(.timedOut(during: "reading the response"))
                }
                pieces = exchange.pieces
            }
        }
        guardian.withLock { $0 = task }
    }

    func next() async throws(HTTPTransportError) -> [UInt8]? {
        try await withTaskCancellationHandler {
            await withCheckedContinuation { exchange.awaitPiece($0) }
        } onCancel: {
            exchange.cancel()
        }.get()
    }
}
