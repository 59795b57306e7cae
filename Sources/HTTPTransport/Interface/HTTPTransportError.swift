/// Why a response did not arrive, or did not arrive completely.
package enum HTTPTransportError: Error, Sendable, Equatable {
    /// No process listens at the address.
    case connectionRefused(host: String, port: Int)
    case hostNotFound(String)
    /// The phase in which a limit was exceeded: "connecting", "waiting for the response".
    case timedOut(during: String)
    /// A certificate error in Go's words, or a handshake error in OpenSSL's.
    case tls(String)
    /// An established connection broke; the request may have been carried out.
    case connectionLost(String)
    case proxy(String)
    case bodyTooLarge(limit: Int)
    /// A header or URL that must not be sent: the field's name, never its value.
    case invalidRequest(String)
    /// An unusable CA, client certificate or key: which one, and why.
    case invalidConfiguration(String)
    /// The request was not sent: ``HTTPRequest/isStillWanted`` returned false.
    case overtaken
    case cancelled
    case other(String)
}
