internal import Synchronization

/// The reader's reference to an exchange; releasing it ends the transfer.
final class ResponseReader: Sendable {
    private let exchange: Exchange
    /// Keeps the thread alive while a body outlives its transport.
    private let loop: EventLoop
    /// The time limit for the head; nil for none.
    private let headLimit: Duration?
    private let start = ContinuousClock.now
    /// The watchdog for the body.
    private let guardian = Mutex<Task<Void, Never>?>(nil)
    /// The time by which a watchdog outlasts the thread's own limits.
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
        // A backstop for the thread's own limits: a peer that floods the handshake keeps the thread inside OpenSSL.
        let guardian = headLimit.map { limit in
            Task { [exchange] in
                do { try await Task.sleep(for: limit) } catch { return }
                exchange.abort(.timedOut(during: "connecting"))
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

    /// Starts a watchdog for the body: a peer that floods a stream with empty frames keeps the thread inside libcurl.
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
                let mayStillBegin = request.mayBeginSilent && exchange.pieces == 0
                let isSilent =
                    request.stallTimeout != nil && !mayStillBegin && exchange.isAwaited && exchange.pieces == pieces
                if isOver || (isSilent && ContinuousClock.now >= next) {
                    exchange.abort(.timedOut(during: "reading the response"))
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
