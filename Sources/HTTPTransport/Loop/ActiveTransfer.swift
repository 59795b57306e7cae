internal import CCurl

/// An exchange on the transfer thread: its libcurl handle, what libcurl calls back, and its deadlines.
///
/// Lives on that thread alone. libcurl holds an unretained pointer to it, so that ``TransferLoop`` must hold it until
/// the handle has been removed.
final class ActiveTransfer {
    let exchange: Exchange
    let target: RequestTarget
    var easy: EasyHandle
    /// Whether something has been received that the reader has not been told of.
    var hasNews = false
    /// What we ourselves ended the transfer for; it outranks libcurl's "callback failed".
    private(set) var failure: HTTPTransportError?

    private var parser = ResponseHeadParser()
    private var sentBytes = 0
    private var isPaused = false
    /// Since the last activity.
    private var receivedBytes = 0
    private var lastActivity: ContinuousClock.Instant
    private let deadline: ContinuousClock.Instant?

    /// Throws where request and configuration do not make a transfer: nothing has been sent then.
    init(
        _ exchange: Exchange, _ configuration: TransportConfiguration, now: ContinuousClock.Instant
    ) throws(HTTPTransportError) {
        self.exchange = exchange
        target = try RequestTarget(exchange.request.url)
        easy = try EasyHandle()
        lastActivity = now
        deadline = exchange.request.timeout.map { now + $0 }
        try easy.apply(configuration, for: target)
        try easy.apply(exchange.request, target, configuration)
        try connectCallbacks()
    }

    var hasHead: Bool { parser.isComplete }

    // MARK: Deadlines

    /// The next instant at which ``expired(at:)`` may have something to say.
    var nextDeadline: ContinuousClock.Instant? {
        guard let stall = stallDeadline else { return deadline }
        return deadline.map { min($0, stall) } ?? stall
    }

    /// The bound that has run out, if one has.
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

    /// Silence is the peer's only while we are willing to listen.
    private var stallDeadline: ContinuousClock.Instant? {
        isPaused ? nil : exchange.request.stallTimeout.map { lastActivity + $0 }
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

    /// The transfer libcurl speaks of, from the pointer it carries for us.
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
        // Not CURLOPT_POSTFIELDS: without a way to rewind, libcurl cannot send a body twice when a kept connection
        // breaks after the first time, and the server never sees one PATCH as two.
        unsafe ccurl_set_sender(easy.pointer) { bytes, size, count, context in
            let space = unsafe UnsafeMutableRawBufferPointer(start: bytes, count: size * count)
            return unsafe ActiveTransfer.of(context: context)?.fillBody(space) ?? 0
        }
    }
}
