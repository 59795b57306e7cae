/// An HTTP/1.1 and HTTP/2 transport on libcurl, with a thread of its own.
///
/// The thread starts with the first request. It ends and closes its connections when the transport and all its response
/// bodies have been released, or on ``close()``.
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

    /// The versions for the `version` command; reading them loads no certificate and opens no file.
    package static var libraryVersion: LibraryVersion { CurlLibrary.version }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        try request.validate()
        let reader = try loop.start(request)
        let head = try await reader.head()
        return HTTPResponse(
            status: head.status, headers: head.headers,
            body: HTTPBody { () async throws(HTTPTransportError) in try await reader.next() })
    }

    /// Ends every transfer with ``HTTPTransportError/cancelled`` and waits, at most 1 s, for the thread to end.
    ///
    /// Later requests throw ``HTTPTransportError/cancelled``. Call it before the process exits: OpenSSL's exit handlers
    /// must not run during a transfer.
    package func close() {
        loop.close()
    }
}
