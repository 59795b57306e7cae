/// HTTP/1.1 and HTTP/2 by libcurl, on one thread of its own.
///
/// The thread starts with the first request. It ends, and every connection with it, when the transport and all bodies it
/// gave out are gone, or on ``close()``.
package final class CurlTransport: HTTPTransport {
    package struct LibraryVersion: Sendable, Equatable {
        /// "7.88.1"
        package var libcurl: String
        /// "OpenSSL/3.0.19"
        package var tls: String
        package var http2: Bool
    }

    private let loop: EventLoop

    package init(_ configuration: TransportConfiguration) {
        loop = EventLoop(configuration)
    }

    /// What the `version` command tells; loads no certificate, opens nothing.
    package static var libraryVersion: LibraryVersion { CurlLibrary.version }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        try request.validate()
        let reader = try loop.start(request)
        let head = try await reader.head()
        return HTTPResponse(
            status: head.status, headers: head.headers,
            body: HTTPBody { () async throws(HTTPTransportError) in try await reader.next() })
    }

    /// Ends every transfer with ``HTTPTransportError/cancelled`` and returns once the thread has freed all it had.
    ///
    /// Later requests throw ``HTTPTransportError/cancelled``. For a process about to exit: OpenSSL's exit handlers must
    /// not meet a thread that is in the middle of a transfer.
    package func close() {
        loop.close()
    }
}
