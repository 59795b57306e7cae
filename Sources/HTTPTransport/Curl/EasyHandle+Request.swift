internal import CCurl

extension EasyHandle {
    /// Sets the options that differ per request.
    mutating func apply(
        _ request: HTTPRequest, to target: RequestTarget, with configuration: TransportConfiguration
    ) throws(HTTPTransportError) {
        var headers = request.headers
        if let name = try configuration.serverNameToPresent(for: target) {
            // libcurl takes SNI and the name to verify from the URL only. So the URL carries the name, CONNECT_TO the
            // address, and `Host` the original authority.
            let host = RequestTarget.bracketed(name)
            try set(CURLOPT_URL, "\(target.scheme)://\(host):\(target.port)\(target.rest)")
            // Whatever host and port: libcurl rewrites an address in the URL, and would then not find it here.
            try setRoute("::\(RequestTarget.bracketed(target.host)):\(target.port)")
            if headers["Host"] == nil { headers.append("Host", target.authority) }
        } else {
            try set(CURLOPT_URL, request.url)
        }
        try apply(request.method, bodyCount: request.body?.count)
        try setHeaders(Self.headerLines(headers))
        if request.acceptsGzip, CurlLibrary.hasGzip { try set(CURLOPT_ACCEPT_ENCODING, "gzip") }
    }

    private func apply(_ method: HTTPRequest.Method, bodyCount: Int?) throws(HTTPTransportError) {
        switch (method, bodyCount) {
        case (.get, nil): try set(CURLOPT_HTTPGET, 1)
        case (.delete, nil): try set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        case (.get, _), (.post, _), (.put, _), (.patch, _), (.delete, _):
            try set(CURLOPT_POST, 1)
            try set(CURLOPT_POSTFIELDSIZE_LARGE, bytes: Int64(bodyCount ?? 0))
            try set(CURLOPT_CUSTOMREQUEST, method.rawValue)
        }
    }

    /// The request's own fields, and entries that suppress those libcurl would add.
    private static func headerLines(_ headers: HTTPHeaders) -> [String] {
        let sent = headers.fields.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        let unwanted = ["Accept", "Content-Type", "Expect", "User-Agent"].filter { headers[$0] == nil }
        return sent + unwanted.map { "\($0):" }
    }
}

extension TransportConfiguration {
    /// The name for SNI and verification if it differs from the URL's host, otherwise nil.
    ///
    /// - Throws: ``HTTPTransportError/invalidConfiguration(_:)`` if the name would change the structure of the URL.
    func serverNameToPresent(for target: RequestTarget) throws(HTTPTransportError) -> String? {
        guard let serverName, target.scheme == "https", serverName != target.host else { return nil }
        let isName = serverName.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "a")...UInt8(ascii: "z"):
                true
            default: ".-_:".utf8.contains(byte)
            }
        }
        guard isName, !serverName.isEmpty else { throw .invalidConfiguration("server name: not a host name") }
        return serverName
    }
}
