/// The state of one exchange between the transfer thread and the reading task.
///
/// Every method changes the state and returns what the caller must do after releasing the lock.
struct ExchangeState: ~Copyable {
    typealias HeadWaiter = CheckedContinuation<Result<ResponseHead, HTTPTransportError>, Never>
    typealias PieceWaiter = CheckedContinuation<Result<[UInt8]?, HTTPTransportError>, Never>

    /// Work to be done outside the lock.
    enum Action {
        case nothing
        case giveHead(HeadWaiter, Result<ResponseHead, HTTPTransportError>)
        case givePiece(PieceWaiter, Result<[UInt8]?, HTTPTransportError>)
    }

    /// The limit for body bytes buffered for a slow reader; beyond it the transfer pauses.
    static let highWaterMark = 256 * 1024

    private enum End {
        case complete
        case failed(HTTPTransportError)
    }

    private var head: ResponseHead?
    private var headWaiter: HeadWaiter?
    private var buffer: [UInt8] = []
    private var pieceWaiter: PieceWaiter?
    private var end: End?
    /// Set when a chunk is refused, cleared when the reader empties the buffer.
    private var isPaused = false

    /// The number of chunks received.
    private(set) var pieces = 0

    var hasEnded: Bool { end != nil }
    /// Whether the reader is waiting for a chunk.
    var isAwaited: Bool { pieceWaiter != nil }

    // MARK: The reader's side

    mutating func awaitHead(_ waiter: HeadWaiter) -> Action {
        headWaiter = waiter
        return advance().action
    }

    /// `resumes`: the transfer was paused and has room again.
    mutating func awaitPiece(_ waiter: PieceWaiter) -> (action: Action, resumes: Bool) {
        guard pieceWaiter == nil else {
            return (.givePiece(waiter, .failure(.other("a response body has two readers"))), false)
        }
        pieceWaiter = waiter
        return advance()
    }

    /// Ends the exchange unless it has been read completely. `stops`: the transfer is still running.
    mutating func cancel() -> (action: Action, stops: Bool) {
        let wasRunning = end == nil
        if case .complete = end, head == nil, buffer.isEmpty { return (.nothing, false) }
        buffer = []
        end = .failed(.cancelled)
        return (advance().action, wasRunning)
    }

    // MARK: The transfer's side

    mutating func receive(_ head: ResponseHead) {
        self.head = head
    }

    /// Returns false if the buffer is full: the transfer pauses, and libcurl offers the same chunk again.
    mutating func receive(_ piece: UnsafeRawBufferPointer) -> Bool {
        guard buffer.isEmpty || buffer.count + piece.count <= Self.highWaterMark else {
            isPaused = true
            return false
        }
        // A large chunk is usually followed by more. The small events of a watch do not reserve 256 KiB each.
        if buffer.isEmpty, piece.count >= 16 * 1024 { buffer.reserveCapacity(Self.highWaterMark) }
        unsafe buffer.append(contentsOf: piece)
        pieces &+= 1
        return true
    }

    /// Ends the exchange; nil for success. Data received before a failure is read before the error.
    mutating func finish(_ error: HTTPTransportError?) {
        guard end == nil else { return }
        end = error.map(End.failed) ?? .complete
    }

    /// Resumes a waiting reader if its result is available.
    mutating func advance() -> (action: Action, resumes: Bool) {
        if let waiter = headWaiter, let result = takeHead() {
            headWaiter = nil
            return (.giveHead(waiter, result), false)
        }
        if let waiter = pieceWaiter, let result = takePiece() {
            pieceWaiter = nil
            let resumes = isPaused && end == nil
            isPaused = false
            return (.givePiece(waiter, result), resumes)
        }
        return (.nothing, false)
    }

    private mutating func takeHead() -> Result<ResponseHead, HTTPTransportError>? {
        if case .failed(let error) = end, head == nil || error == .cancelled { return .failure(error) }
        guard let head else {
            return end == nil ? nil : .failure(.connectionLost("the connection closed before a response"))
        }
        self.head = nil
        return .success(head)
    }

    private mutating func takePiece() -> Result<[UInt8]?, HTTPTransportError>? {
        if !buffer.isEmpty {
            defer { buffer = [] }
            return .success(buffer)
        }
        switch end {
        case nil: return nil
        case .complete: return .success(nil)
        case .failed(let error): return .failure(error)
        }
    }
}
