internal import Dispatch
internal import Platform
internal import Synchronization

/// Owns the transfer thread: starts it with the first request, and ends it when released.
///
/// It is a plain thread, not a Dispatch queue: it blocks in `curl_multi_poll` as long as the transport lives.
final class EventLoop: Sendable {
    private let configuration: TransportConfiguration
    private let inbox = LoopInbox()
    private let thread = Mutex<SystemThread?>(nil)
    /// Signalled by the thread right before it ends.
    private let ended = DispatchSemaphore(value: 0)

    init(_ configuration: TransportConfiguration) {
        self.configuration = configuration
    }

    deinit {
        close()
    }

    /// Hands `request` to the thread; releasing the result ends the transfer.
    func start(_ request: HTTPRequest) throws(HTTPTransportError) -> ResponseReader {
        try CurlLibrary.initialise()
        try startThread()
        let exchange = Exchange(request, inbox)
        inbox.post(.start(exchange))
        return ResponseReader(exchange, self, headLimit: headLimit(request))
    }

    private func headLimit(_ request: HTTPRequest) -> Duration? {
        let silence = request.stallTimeout.map { $0 + configuration.connectTimeout }
        return [request.timeout, silence].compactMap { $0 }.min().map { $0 + ResponseReader.grace }
    }

    /// Seconds that ``close()`` waits: a peer that floods the handshake can keep the thread inside OpenSSL.
    private static let longestEnd = 1.0

    /// Ends the thread and waits at most 1 s for it. Idempotent. On the thread itself, where the last reference may be
    /// released, it detaches instead of waiting.
    func close() {
        inbox.close()
        guard let thread = thread.withLock({ $0.take() }) else { return }
        if thread.isCurrent {
            thread.detach()
        } else {
            let isOver = ended.wait(timeout: .now() + Self.longestEnd) == .success
            if isOver { thread.join() } else { thread.detach() }
        }
    }

    private func startThread() throws(HTTPTransportError) {
        try thread.withLock { current throws(HTTPTransportError) in
            guard current == nil, !inbox.isClosed else { return }
            let start = ThreadStart(configuration, inbox: inbox, ended: ended)
            do throws(SystemError) {
                current = try SystemThread { start.run() }
            } catch {
                throw .other("no thread for transfers: \(error.text)")
            }
        }
    }
}

/// The state of the thread; it does not retain the ``EventLoop``, so releasing the loop can end the thread.
private final class ThreadStart: Sendable {
    private let configuration: TransportConfiguration
    private let inbox: LoopInbox
    private let ended: DispatchSemaphore

    init(_ configuration: TransportConfiguration, inbox: LoopInbox, ended: DispatchSemaphore) {
        self.configuration = configuration
        self.inbox = inbox
        self.ended = ended
    }

    func run() {
        transfer()
        ended.signal()
    }

    /// Frees the loop's resources on return.
    private func transfer() {
        var loop = TransferLoop(configuration, inbox)
        loop.run()
    }
}
