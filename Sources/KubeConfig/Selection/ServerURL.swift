/// The API server's address, normalised like client-go's: no trailing slash, query or fragment.
package struct ServerURL: Sendable, Equatable {
    /// `https` or `http`; no credential is sent over `http`.
    package var scheme: String
    /// Without brackets, for IPv6 too.
    package var host: String
    /// Nil if the URL has none.
    package var port: Int?
    /// Empty or "/prefix", percent-encoded as given.
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
