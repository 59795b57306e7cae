internal import CCurl

/// An exchange on the transfer thread: its libcurl handle, callbacks and deadlines.
///
/// Used on that thread only. libcurl holds an unretained pointer to it, so ``TransferLoop`` must keep it alive until
/// the handle has been removed.
final class ActiveTransfer {
    let exchange: Exchange
    let target: RequestTarget
    var easy: EasyHandle
    /// Whether data has been received since the reader was last notified.
    var hasNews = false
    /// The reason why we ended the transfer; it takes precedence over libcurl's "callback failed".
    private(set) var failure: HTTPTransportError?

    private let judge: ServerJudge?
    private var parser = ResponseHeadParser()
    private var sentBytes = 0
    private var isPaused = false
    private var hasBody = false
    /// Bytes since ``lastActivity``.
    private var receivedBytes = 0
    private var lastActivity: ContinuousClock.Instant
    private let deadline: ContinuousClock.Instant?

    /// - Throws: ``HTTPTransportError`` if request or configuration is invalid; nothing has been sent.
    init(
        _ exchange: Exchange, _ configuration: TransportConfiguration, now: ContinuousClock.Instant
    ) throws(HTTPTransportError) {
        self.exchange = exchange
        target = try RequestTarget(exchange.request.url)
        easy = try EasyHandle()
        lastActivity = now
        deadline = exchange.request.timeout.map { now + $0 }
        judge = try ServerJudge(configuration, target)
        try easy.apply(configuration, for: target, judge: judge)
        try easy.apply(exchange.request, to: target, with: configuration)
        try connectCallbacks()
    }

    /// Why the server's certificates were refused.
    var refusal: String? { judge?.refusal }

    var hasHead: Bool { parser.isComplete }

    // MARK: Deadlines

    /// The next time at which ``expired(at:)`` may return an error.
    var nextDeadline: ContinuousClock.Instant? {
        guard let stall = stallDeadline else { return deadline }
        return deadline.map { min($0, stall) } ?? stall
    }

    /// The error for the first exceeded limit, if any.
    func expired(at now: ContinuousClock.Instant) -> HTTPTransportError? {
        if let deadline, now >= deadline { return .timedOut(during: stage) }
        if let stallDeadline, now >= stallDeadline { return .timedOut(during: stage) }
        return nil
    }

    func noteActivity(_ now: ContinuousClock.Instant) {
        guard receivedBytes >= exchange.request.stallBytes else { return }
        receivedBytes = 0
        lastActivity = now
    }

    /// Nil while we have paused the transfer, because the silence is then our own, and while a body need not begin.
    private var stallDeadline: ContinuousClock.Instant? {
        if isPaused || (exchange.request.mayBeginSilent && hasHead && !hasBody) { return nil }
        return exchange.request.stallTimeout.map { lastActivity + $0 }
    }

    private var stage: String {
        if hasHead { return "reading the response" }
        return easy.isConnected ? "waiting for the response" : "connecting"
    }

    // MARK: Callbacks

    func resume() {
        guard isPaused else { return }
        isPaused = false
        receivedBytes = exchange.request.stallBytes
        easy.resume()
    }

    fileprivate func receiveHeader(_ line: UnsafeRawBufferPointer) -> Bool {
        receivedBytes += line.count
        switch unsafe parser.consume(line) {
        case .more: return true
        case .complete(let head):
            exchange.receive(head)
            hasNews = true
            return true
        case .tooLarge:
            failure = .other(
                "the response's header fields exceed \(ResponseHeadParser.limit) bytes or "
                    + "\(ResponseHeadParser.lineLimit) lines")
            return false
        }
    }

    fileprivate func receiveBody(_ piece: UnsafeRawBufferPointer) -> Int {
        receivedBytes += piece.count
        hasBody = true
        guard unsafe exchange.receive(piece) else {
            isPaused = true
            return Int(CURL_WRITEFUNC_PAUSE)
        }
        hasNews = true
        return piece.count
    }

    fileprivate func fillBody(_ space: UnsafeMutableRawBufferPointer) -> Int {
        guard let body = exchange.request.body else { return 0 }
        guard sentBytes > 0 || exchange.request.isStillWanted() else {
            failure = .overtaken
            return Int(CURL_READFUNC_ABORT)
        }
        let piece = body[sentBytes...].prefix(space.count)
        unsafe space.copyBytes(from: piece)
        sentBytes += piece.count
        return piece.count
    }

    /// Returns the transfer whose pointer libcurl stores in `easy`.
    static func of(_ easy: UnsafeMutableRawPointer?) -> ActiveTransfer? {
        var pointer: UnsafeMutableRawPointer?
        guard unsafe ccurl_get_private(easy, &pointer) == CURLE_OK else { return nil }
        return unsafe of(context: pointer)
    }

    fileprivate static func of(context: UnsafeMutableRawPointer?) -> ActiveTransfer? {
        unsafe context.map { unsafe Unmanaged<ActiveTransfer>.fromOpaque($0).takeUnretainedValue() }
    }

    private func connectCallbacks() throws(HTTPTransportError) {
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe ccurl_set_pointer(easy.pointer, CURLOPT_PRIVATE, context)
        unsafe ccurl_set_pointer(easy.pointer, CURLOPT_WRITEDATA, context)
        unsafe ccurl_set_pointer(easy.pointer, CURLOPT_HEADERDATA, context)
        unsafe ccurl_set_pointer(easy.pointer, CURLOPT_READDATA, context)
        unsafe ccurl_set_receiver(easy.pointer, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
            let piece = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
            return unsafe ActiveTransfer.of(context: context)?.receiveBody(piece) ?? 0
        }
        unsafe ccurl_set_receiver(easy.pointer, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
            let line = unsafe UnsafeRawBufferPointer(start: bytes, count: size * count)
            guard let transfer = unsafe ActiveTransfer.of(context: context) else { return 0 }
            return unsafe transfer.receiveHeader(line) ? line.count : 0
        }
        // Not CURLOPT_POSTFIELDS: without a way to rewind, libcurl cannot resend the body when a reused connection
        // breaks, so the server never receives one PATCH twice.
        unsafe ccurl_set_sender(easy.pointer) { bytes, size, count, context in
            let space = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return unsafe ActiveTransfer.of(context: context)?.fillBody(space) ?? 0
        }
    }
}
