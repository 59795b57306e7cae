/// Sends HTTP and HTTPS requests; the interface at which tests replace libcurl with a scripted peer.
package protocol HTTPTransport: Sendable {
    /// Sends `request` and returns once the head of the response has arrived; the body is streamed afterwards.
    ///
    /// A status of 400 or more is a response, not an error. Redirects are returned, not followed. Cancelling the task
    /// ends the transfer within 100 ms.
    ///
    /// - Throws: ``HTTPTransportError`` if no response arrives.
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}
