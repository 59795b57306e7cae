internal import Formats

/// The proxy from environment variables, as in Go (x/net/http/httpproxy); `ALL_PROXY` is ignored.
struct ProxyEnvironment {
    let environment: HostEnvironment

    /// Returns the proxy for `server`; nil for a direct connection, as always for localhost and loopback addresses.
    func proxy(for server: ServerURL) throws(KubeConfigError) -> Secret<String>? {
        let names = server.scheme == "http" ? ["HTTP_PROXY", "http_proxy"] : ["HTTPS_PROXY", "https_proxy"]
        guard let name = names.first(where: { environment.variable($0) != nil }),
            let text = environment.variable(name)
        else { return nil }
        let address = IPAddress(server.host)
        guard server.host != "localhost", address?.isLoopback != true else { return nil }
        let exceptions = environment.variable("NO_PROXY") ?? environment.variable("no_proxy") ?? ""
        guard !NoProxyList(exceptions).covers(server.host.lowercased(), address, port: server.effectivePort) else {
            return nil
        }
        guard let url = Self.normalised(text) else { throw .invalidProxyVariable(name) }
        return Secret(url)
    }

    /// Completes `proxy:3128` to `http://proxy:3128`, and maps `socks5h` to `socks5`, which Go treats alike.
    private static func normalised(_ text: String) -> String? {
        guard let url = URLText(text) else {
            return text.contains("://") || URLText("http://\(text)") == nil ? nil : "http://\(text)"
        }
        switch url.scheme {
        case "http", "https", "socks5": return text
        case "socks5h": return "socks5\(text.dropFirst("socks5h".count))"
        default: return nil
        }
    }
}

/// `NO_PROXY`: names with their subdomains, `.suffixes`, addresses and networks, optionally with a port, and `*`.
struct NoProxyList {
    private enum Rule {
        case everything
        case network(IPAddress, prefixLength: Int)
        case address(IPAddress, port: String?)
        /// Begins with a dot.
        case suffix(String, includesItself: Bool, port: String?)
    }

    private let rules: [Rule]

    init(_ text: String) {
        rules = text.split(separator: ",").compactMap { entry in
            Self.rule(entry.filter { !$0.isWhitespace }.lowercased())
        }
    }

    func covers(_ host: String, _ address: IPAddress?, port: Int) -> Bool {
        rules.contains { rule in
            switch rule {
            case .everything: true
            case .network(let network, let length): address?.isIn(network, prefixLength: length) == true
            case .address(let named, let namedPort):
                address == named && (namedPort == nil || namedPort == String(port))
            case .suffix(let suffix, let includesItself, let namedPort):
                (host.hasSuffix(suffix) || (includesItself && host == suffix.dropFirst()))
                    && (namedPort == nil || namedPort == String(port))
            }
        }
    }

    private static func rule(_ entry: String) -> Rule? {
        if entry.isEmpty { return nil }
        if entry == "*" { return .everything }
        if let network = network(entry) { return network }
        var (host, port) = splitPort(entry)
        if let address = IPAddress(host) { return .address(address, port: port) }
        guard !host.isEmpty else { return nil }
        if host.hasPrefix("*.") { host.removeFirst() }
        let isSuffix = host.hasPrefix(".")
        return .suffix(isSuffix ? host : ".\(host)", includesItself: !isSuffix, port: port)
    }

    private static func network(_ entry: String) -> Rule? {
        let parts = entry.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let length = Int(parts[1]),
            (0...(address.bytes.count * 8)).contains(length)
        else { return nil }
        return .network(address, prefixLength: length)
    }

    /// Splits like Go's `net.SplitHostPort`; text that it rejects is a host without port.
    private static func splitPort(_ entry: String) -> (host: String, port: String?) {
        if entry.hasPrefix("["), let end = entry.lastIndex(of: "]") {
            let host = String(entry[entry.index(after: entry.startIndex)..<end])
            let rest = entry[entry.index(after: end)...]
            return (host, rest.hasPrefix(":") && rest.count > 1 ? String(rest.dropFirst()) : nil)
        }
        let parts = entry.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return (entry, nil) }
        return (String(parts[0]), parts[1].isEmpty ? nil : String(parts[1]))
    }
}
