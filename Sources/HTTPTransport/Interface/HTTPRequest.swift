/// One complete request; nothing is added to it.
package struct HTTPRequest: Sendable {
    package enum Method: String, Sendable {
        case get = "GET"
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
        case delete = "DELETE"
    }

    package var method: Method
    /// Absolute, percent-encoded, `http` or `https`.
    package var url: String
    package var headers: HTTPHeaders
    package var body: [UInt8]?
    /// The limit for the whole exchange, body included; nil for none.
    package var timeout: Duration?
    /// The limit for silence during the response; nil for none.
    package var stallTimeout: Duration?
    /// The number of bytes within ``stallTimeout`` below which the peer counts as silent.
    package var stallBytes: Int
    /// Whether ``stallTimeout`` does not count between the head and the first byte of the body.
    package var mayBeginSilent: Bool
    /// Whether to offer gzip and decode it. False for a watch: a server may send one gzip member per flush.
    package var acceptsGzip: Bool
    /// Called right before the body is sent, however long connecting has taken. If it returns false, the exchange ends
    /// with ``HTTPTransportError/overtaken`` and the server has nothing to act on.
    package var isStillWanted: @Sendable () -> Bool

    package init(
        _ method: Method, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, timeout: Duration? = nil,
        stallTimeout: Duration? = nil, stallBytes: Int = 1, mayBeginSilent: Bool = false, acceptsGzip: Bool = false,
        isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.stallTimeout = stallTimeout
        self.stallBytes = stallBytes
        self.mayBeginSilent = mayBeginSilent
        self.acceptsGzip = acceptsGzip
        self.isStillWanted = isStillWanted
    }
}
