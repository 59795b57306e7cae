package import HTTPTransport
private import Synchronization

extension HTTPResponse {
    /// A response whose body arrives in the given chunks.
    ///
    /// - Parameter failure: thrown after the last chunk, as when a connection breaks; nil ends the body normally.
    package static func scripted(
        _ status: Int = 200, headers: HTTPHeaders = [:], pieces: [[UInt8]] = [], failure: HTTPTransportError? = nil
    ) -> HTTPResponse {
        let queue = Mutex(pieces.filter { !$0.isEmpty }[...])
        let body = HTTPBody { () async throws(HTTPTransportError) in
            guard !Task.isCancelled else { throw .cancelled }
            if let piece = queue.withLock({ $0.popFirst() }) { return piece }
            if let failure { throw failure }
            return nil
        }
        return HTTPResponse(status: status, headers: headers, body: body)
    }

    /// A response whose body is `text`, split at the given byte offsets.
    package static func scripted(
        _ status: Int = 200, headers: HTTPHeaders = [:], body text: String, cutAt offsets: [Int] = [],
        failure: HTTPTransportError? = nil
    ) -> HTTPResponse {
        let bytes = Array(text.utf8)
        let bounds = [0] + offsets.sorted().filter { (1..<max(1, bytes.count)).contains($0) } + [bytes.count]
        let pieces = zip(bounds, bounds.dropFirst()).map { Array(bytes[$0..<$1]) }
        return scripted(status, headers: headers, pieces: pieces, failure: failure)
    }
}
