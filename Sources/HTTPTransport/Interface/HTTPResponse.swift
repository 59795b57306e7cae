/// The head of a response, and its body as it arrives.
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

/// The pieces of a body as they arrive. Single pass; nobody reading means nobody sending.
///
/// Pieces that arrive while nobody reads are joined. A body that breaks gives what had arrived, then throws, and throws
/// the same again on every further call; a cancelled one throws ``HTTPTransportError/cancelled`` and never ends with nil.
package struct HTTPBody: Sendable, AsyncSequence {
    package typealias Next = @Sendable () async throws(HTTPTransportError) -> [UInt8]?

    private let nextPiece: Next

    /// - Parameter next: gives the next non-empty piece, nil at the end.
    package init(next: @escaping Next) {
        nextPiece = next
    }

    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let nextPiece: Next

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

    /// The whole body, at most `limit` bytes.
    ///
    /// Throws ``HTTPTransportError/bodyTooLarge(limit:)`` past that.
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
