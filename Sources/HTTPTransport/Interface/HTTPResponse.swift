/// The head of a response, and its body as a stream.
package struct HTTPResponse: Sendable {
    package var status: Int
    package var headers: HTTPHeaders
    package var body: HTTPBody

    package init(status: Int, headers: HTTPHeaders, body: HTTPBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// The chunks of a body as they arrive: single-pass, with back-pressure.
///
/// Chunks that arrive between reads are joined. A broken body yields the data that had arrived, then throws, and throws
/// the same error on each further call. A cancelled one throws ``HTTPTransportError/cancelled`` and never ends with
/// nil.
package struct HTTPBody: Sendable, AsyncSequence {
    package typealias Next = @Sendable () async throws(HTTPTransportError) -> [UInt8]?

    private let nextPiece: Next

    /// - Parameter next: returns the next non-empty chunk, or nil at the end.
    package init(next: @escaping Next) {
        nextPiece = next
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextPiece: Next

        /// Waits for the next chunk; nil at the end of the body.
        ///
        /// - Throws: ``HTTPTransportError`` if the body breaks or is cancelled.
        package mutating func next() async throws(HTTPTransportError) -> [UInt8]? {
            try await nextPiece()
        }

        package mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws(HTTPTransportError) -> [UInt8]? {
            try await nextPiece()
        }
    }

    package func makeAsyncIterator() -> Iterator {
        Iterator(nextPiece: nextPiece)
    }

    /// Collects the whole body, at most `limit` bytes.
    ///
    /// - Throws: ``HTTPTransportError/bodyTooLarge(limit:)`` if it is longer.
    package func collect(upTo limit: Int) async throws(HTTPTransportError) -> [UInt8] {
        var bytes: [UInt8] = []
        var iterator = makeAsyncIterator()
        while let piece = try await iterator.next() {
            guard piece.count <= limit - bytes.count else { throw .bodyTooLarge(limit: limit) }
            bytes.append(contentsOf: piece)
        }
        return bytes
    }
}
