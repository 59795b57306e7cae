internal import CCurl
internal import Platform

extension EasyHandle {
    /// Sets the options that are the same for every request of a transport.
    func apply(
        _ configuration: TransportConfiguration, for target: RequestTarget, judge: ServerJudge?
    ) throws(HTTPTransportError) {
        try applyManners(configuration)
        try applyKeepAlive()
        try apply(proxy: configuration.proxy, configuration)
        if target.scheme == "https" { try applyTrust(configuration, judge) }
    }

    /// Disables what libcurl does on its own: signal handlers, other protocols, redirects, path normalisation.
    private func applyManners(_ configuration: TransportConfiguration) throws(HTTPTransportError) {
        try check(unsafe ccurl_allow_http_only(pointer), "protocols")
        try check(unsafe ccurl_leave_lookups_behind(pointer), "quick exit")
        try set(CURLOPT_NOSIGNAL, 1)
        try set(CURLOPT_FOLLOWLOCATION, 0)
        try set(CURLOPT_PATH_AS_IS, 1)
        try set(CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        try set(CURLOPT_HEADEROPT, Int(CURLHEADER_SEPARATE))
        try set(CURLOPT_CONNECTTIMEOUT_MS, Int(clamping: max(1, configuration.connectTimeout.roundedUpMilliseconds)))
        // libcurl's default of 16 KiB needs a system call per 16 KiB. A larger buffer also holds more when a gzip
        // transfer pauses.
        try set(CURLOPT_BUFFERSIZE, 64 * 1024)
        let usesHTTP2 = configuration.offersHTTP2 && CurlLibrary.hasHTTP2
        try set(CURLOPT_HTTP_VERSION, Int(usesHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
        try set(CURLOPT_PIPEWAIT, usesHTTP2 ? 1 : 0)
    }

    /// Detects a dead peer within a minute by TCP, because libcurl sends no HTTP/2 pings.
    private func applyKeepAlive() throws(HTTPTransportError) {
        try set(CURLOPT_TCP_KEEPALIVE, 1)
        try set(CURLOPT_TCP_KEEPIDLE, 30)
        try set(CURLOPT_TCP_KEEPINTVL, 15)
        unsafe ccurl_set_socket_tuner(pointer) { _, socket, _ in
            // libcurl's sockets are inherited by child processes; a credential plugin must not get them.
            Sockets.keepFromChildren(socket)
            Sockets.limitSilence(of: socket, milliseconds: 60_000)
            return Int32(CURL_SOCKOPT_OK)
        }
    }

    /// Sets both options, if only to "": libcurl then ignores `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    private func apply(proxy: String?, _ configuration: TransportConfiguration) throws(HTTPTransportError) {
        try set(CURLOPT_NOPROXY, "")
        guard let proxy = try proxy.map(ProxyServer.init) else { return try set(CURLOPT_PROXY, "") }
        try set(CURLOPT_PROXY, proxy.url)
        guard proxy.isSecure else { return }
        try set(CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_PROXY_SSL_VERIFYPEER, configuration.skipsVerification ? 0 : 1)
        try set(CURLOPT_PROXY_SSL_VERIFYHOST, configuration.skipsVerification ? 0 : 2)
        if let authority = configuration.certificateAuthority {
            try set(CURLOPT_PROXY_CAPATH, nil)
            try checkAuthority(
                unsafe authority.withUnsafeBytes {
                    unsafe ccurl_set_proxy_authority(pointer, $0.baseAddress, $0.count)
                })
        } else {
            if let file = configuration.systemRoots.file { try set(CURLOPT_PROXY_CAINFO, file) }
            if let directory = configuration.systemRoots.directory { try set(CURLOPT_PROXY_CAPATH, directory) }
        }
    }

    private func applyTrust(
        _ configuration: TransportConfiguration, _ judge: ServerJudge?
    ) throws(HTTPTransportError) {
        let comparesNames = judge.map { unsafe $0.join(pointer) && $0.comparesNames } ?? false
        try set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        try set(CURLOPT_SSL_VERIFYPEER, configuration.skipsVerification ? 0 : 1)
        try set(CURLOPT_SSL_VERIFYHOST, configuration.skipsVerification || comparesNames ? 0 : 2)
        if let identity = configuration.clientIdentity {
            try set(CURLOPT_SSLCERT_BLOB, pem: identity.certificate)
            try set(CURLOPT_SSLKEY_BLOB, pem: identity.key)
            // With an empty passphrase, OpenSSL does not prompt for one on the terminal.
            try set(CURLOPT_KEYPASSWD, "")
        }
        guard !configuration.skipsVerification else { return }
        if let authority = configuration.certificateAuthority {
            // Without CAPATH = nil, the directory libcurl was built with stays trusted beside the CA.
            try checkAuthority(
                unsafe authority.withUnsafeBytes { unsafe ccurl_set_authority(pointer, $0.baseAddress, $0.count) })
            try set(CURLOPT_CAPATH, nil)
        } else {
            if let file = configuration.systemRoots.file { try set(CURLOPT_CAINFO, file) }
            if let directory = configuration.systemRoots.directory { try set(CURLOPT_CAPATH, directory) }
        }
    }

    private func checkAuthority(_ code: CURLcode) throws(HTTPTransportError) {
        guard code == CURLE_OK else {
            throw .invalidConfiguration(
                "certificate authority: \(CurlLibrary.text(code)); libcurl 7.77 is the first to take one")
        }
    }
}
