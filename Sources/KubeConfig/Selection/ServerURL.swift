/// The API server's address, as client-go normalises it: no trailing slash, no query, no fragment.
package struct ServerURL: Sendable, Equatable {
    /// `https` or `http`. Over `http` no credential is ever sent.
    package var scheme: String
    /// Without brackets, also for IPv6.
    package var host: String
    /// Nil when the URL names none.
    package var port: Int?
    /// "" or "/prefix", percent-encoded as given.
    package var path: String

    package init(scheme: String = "https", host: String, port: Int? = nil, path: String = "") {
        self.scheme = scheme
        self.host = host
        self.port = port
        self.path = path
    }
}

extension ServerURL: CustomStringConvertible {
    package var description: String {
        let shownHost = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(shownHost)\(port.map { ":\($0)" } ?? "")\(path)"
    }
}
