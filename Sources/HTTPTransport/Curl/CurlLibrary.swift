internal import CCurl

/// The libcurl that this process is linked with.
enum CurlLibrary {
    /// Initialises libcurl on first use, so that `--help` and argument errors do not pay for it.
    private static let initialised: CURLcode = curl_global_init(Int(CURL_GLOBAL_DEFAULT))

    private static let features: Int32 = {
        guard let info = unsafe ccurl_version() else { return 0 }
        return unsafe info.pointee.features
    }()

    static var hasHTTP2: Bool { features & CURL_VERSION_HTTP2 != 0 }
    static var hasGzip: Bool { features & CURL_VERSION_LIBZ != 0 }

    /// - Throws: ``HTTPTransportError/other(_:)`` if libcurl cannot be initialised.
    static func initialise() throws(HTTPTransportError) {
        guard initialised == CURLE_OK else { throw .other("libcurl cannot start: \(text(initialised))") }
    }

    /// libcurl's text for `code`.
    static func text(_ code: CURLcode) -> String {
        unsafe String(cString: curl_easy_strerror(code))
    }

    static let version: CurlTransport.LibraryVersion = {
        guard let info = unsafe ccurl_version() else { return .init(libcurl: "", tls: "", http2: false) }
        return unsafe .init(
            libcurl: info.pointee.version.map { unsafe String(cString: $0) } ?? "",
            tls: info.pointee.ssl_version.map { unsafe String(cString: $0) } ?? "",
            http2: hasHTTP2)
    }()
}
