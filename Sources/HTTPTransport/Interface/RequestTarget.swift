/// The parts of a request's URL that determine the connection.
struct RequestTarget: Sendable, Equatable {
    /// "http" or "https".
    var scheme: String
    /// "user:password", percent-encoded; only for proxies.
    var userInfo: String?
    /// Without brackets, for IPv6 too.
    var host: String
    var port: Int
    /// host:port as written, for the `Host` header.
    var authority: String
    /// The path and everything after it.
    var rest: String

    /// - Throws: ``HTTPTransportError/invalidRequest(_:)`` unless it is an absolute http or https URL without user
    ///   info.
    init(_ url: String) throws(HTTPTransportError) {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }),
            let target = Self(url, ports: ["http": 80, "https": 443]), target.userInfo == nil
        else { throw .invalidRequest("URL") }
        self = target
    }

    /// - Parameter ports: the accepted schemes with their default ports.
    init?(_ url: String, ports: [String: Int]) {
        guard let separator = url.utf8.firstIndex(of: UInt8(ascii: ":")), url[separator...].hasPrefix("://") else {
            return nil
        }
        let scheme = url[..<separator].lowercased()
        guard let defaultPort = ports[scheme] else { return nil }
        let afterScheme = url[separator...].dropFirst(3)
        let end = afterScheme.firstIndex { $0 == "/" || $0 == "?" || $0 == "#" } ?? afterScheme.endIndex
        var authority = afterScheme[..<end]
        if let at = authority.lastIndex(of: "@") {
            userInfo = String(authority[..<at])
            authority = authority[at...].dropFirst()
        }
        guard let (host, port) = Self.hostAndPort(authority) else { return nil }
        self.scheme = scheme
        self.host = host
        self.port = port ?? defaultPort
        self.authority = String(authority)
        rest = String(afterScheme[end...])
    }

    /// `host` as it is written in a URL.
    static func bracketed(_ host: String) -> String {
        host.contains(":") ? "[\(host)]" : host
    }

    private static func hostAndPort(_ authority: Substring) -> (host: String, port: Int?)? {
        let host: Substring
        let tail: Substring
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[..<close].dropFirst()
            tail = authority[close...].dropFirst()
        } else {
            let colon = authority.firstIndex(of: ":") ?? authority.endIndex
            host = authority[..<colon]
            tail = authority[colon...]
        }
        guard !host.isEmpty else { return nil }
        if tail.isEmpty { return (String(host), nil) }
        guard tail.hasPrefix(":"), let port = Int(tail.dropFirst()), (1...65535).contains(port) else { return nil }
        return (String(host), port)
    }
}
