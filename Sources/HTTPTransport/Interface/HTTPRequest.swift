/// One request, complete: what is not in here is not sent.
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
    /// Bound on the whole exchange, body included; nil is unbounded.
    package var timeout: Duration?
    /// Bound on the silence between two pieces of the response; nil is unbounded.
    package var stallTimeout: Duration?
    /// Fewer bytes than this within ``stallTimeout`` are silence.
    package var stallBytes: Int
    /// Whether gzip is offered, and decoded on arrival. Never for a watch: a server may send one gzip member a flush.
    package var acceptsGzip: Bool
    /// Asked right before the body is sent, however long a connection has taken: false ends it as
    /// ``HTTPTransportError/overtaken``, and the server has nothing to act on.
    package var isStillWanted: @Sendable () -> Bool

    package init(
        _ method: Method, _ url: String, headers: HTTPHeaders = [:], body: [UInt8]? = nil, timeout: Duration? = nil,
        stallTimeout: Duration? = nil, stallBytes: Int = 1, acceptsGzip: Bool = false,
        isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.stallTimeout = stallTimeout
        self.stallBytes = stallBytes
        self.acceptsGzip = acceptsGzip
        self.isStillWanted = isStillWanted
    }
}
