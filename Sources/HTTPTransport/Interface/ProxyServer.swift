/// A configured proxy in libcurl's notation.
struct ProxyServer: Equatable {
    let url: String
    let isSecure: Bool

    /// Parses a proxy URL with net/http's schemes and default ports.
    ///
    /// There, "socks5" resolves names at the proxy, which libcurl calls "socks5h".
    ///
    /// - Throws: ``HTTPTransportError/invalidConfiguration(_:)`` without the URL, which may contain a password.
    init(_ text: String) throws(HTTPTransportError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7f }),
            let target = RequestTarget(text, ports: ["http": 80, "https": 443, "socks5": 1080, "socks5h": 1080])
        else { throw .invalidConfiguration("proxy: neither an http, https nor socks5 URL") }
        let scheme = target.scheme == "socks5" ? "socks5h" : target.scheme
        let userInfo = target.userInfo.map { $0 + "@" } ?? ""
        url = "\(scheme)://\(userInfo)\(RequestTarget.bracketed(target.host)):\(target.port)"
        isSecure = target.scheme == "https"
    }
}
