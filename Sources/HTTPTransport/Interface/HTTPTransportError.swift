/// Why no response, or no more of it, could be had.
package enum HTTPTransportError: Error, Sendable, Equatable {
    /// Nobody listens there.
    case connectionRefused(host: String, port: Int)
    case hostNotFound(String)
    /// The bound that ran out, in words: "connecting", "waiting for the response".
    case timedOut(during: String)
    /// Certificate or handshake, in OpenSSL's words.
    case tls(String)
    /// The connection broke after it had been made; the request may have been carried out.
    case connectionLost(String)
    case proxy(String)
    case bodyTooLarge(limit: Int)
    /// A header or URL that may not be sent: the field's name, never its value.
    case invalidRequest(String)
    /// CA, client certificate or key cannot be used: which, and why.
    case invalidConfiguration(String)
    /// Not sent: ``HTTPRequest/isStillWanted`` said so.
    case overtaken
    case cancelled
    case other(String)
}
