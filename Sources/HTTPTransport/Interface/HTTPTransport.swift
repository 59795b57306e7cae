/// Bytes over HTTP and HTTPS; the one seam at which tests put a scripted peer in place of libcurl.
package protocol HTTPTransport: Sendable {
    /// Sends `request` and returns as soon as the head of the response has arrived; the body streams afterwards.
    ///
    /// A status of 400 or more is a response, not an error. Redirects are returned, never followed.
    /// Cancelling the task ends the transfer within 100 ms.
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
}
