internal import Dispatch
internal import Platform
internal import Synchronization

/// The owner of the transfer thread: starts it with the first request, ends it when released.
///
/// A plain thread and not a Dispatch queue: it blocks in `curl_multi_poll` for as long as the transport lives.
final class EventLoop: Sendable {
    private let configuration: TransportConfiguration
    private let inbox = LoopInbox()
    private let thread = Mutex<SystemThread?>(nil)
    /// Signalled by the thread as the last thing it does.
    private let ended = DispatchSemaphore(value: 0)

    init(_ configuration: TransportConfiguration) {
        self.configuration = configuration
    }

    deinit {
        close()
    }

    /// Hands `request` to the thread; whoever holds the result holds the transfer.
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

    /// A peer that floods the handshake can keep OpenSSL, and the thread with it, for as long as it likes.
    private static let longestEnd = 1.0

    /// Idempotent. Returns when the thread has ended, or would not for a second. Called on the thread itself, where the last reference may die, it cannot wait and detaches instead.
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
            let start = ThreadStart(configuration, inbox, ended)
            do throws(SystemError) {
                current = try SystemThread { start.run() }
            } catch {
                throw .other("no thread for transfers: \(error.text)")
            }
        }
    }
}

/// What the thread is given; it owns none of the ``EventLoop``, so that the loop's release can end it.
private final class ThreadStart: Sendable {
    private let configuration: TransportConfiguration
    private let inbox: LoopInbox
    private let ended: DispatchSemaphore

    init(_ configuration: TransportConfiguration, _ inbox: LoopInbox, _ ended: DispatchSemaphore) {
        self.configuration = configuration
        self.inbox = inbox
        self.ended = ended
    }

    func run() {
        transfer()
        ended.signal()
    }

    /// Everything it owns is freed on return.
    private func transfer() {
        var loop = TransferLoop(configuration, inbox)
        loop.run()
    }
}
