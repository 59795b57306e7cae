internal import CCurl

/// A libcurl easy handle: one transfer, with the memory that libcurl borrows for it.
@safe struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let errorBuffer: UnsafeMutablePointer<CChar>
    // Freed after `deinit` has freed the handle that borrows them. `Optional` is spelt out: with the shorthand's
    // implicit nil, a Swift 6.2 compiler with assertions reports a double destroy when `init` throws.
    private var headers: Optional<StringList>  // swift-format-ignore: UseShorthandTypeNames
    private var route: Optional<StringList>  // swift-format-ignore: UseShorthandTypeNames

    init() throws(HTTPTransportError) {
        guard let pointer = unsafe curl_easy_init() else { throw .other("libcurl gives no transfer") }
        unsafe self.pointer = pointer
        headers = nil
        route = nil
        unsafe errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorBuffer)
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        unsafe errorBuffer.deallocate()
    }

    /// libcurl's detailed error text for this transfer; empty if there is none.
    var errorText: String { unsafe String(cString: errorBuffer) }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_long(pointer, option, value), "option \(option.rawValue)")
    }

    func set(_ option: CURLoption, bytes value: Int64) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_offset(pointer, option, curl_off_t(value)), "option \(option.rawValue)")
    }

    func set(_ option: CURLoption, _ value: String?) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_string(pointer, option, value), "option \(option.rawValue)")
    }

    /// Sets header lines in libcurl's notation: "Name:" suppresses a default field, "Name;" sends an empty value.
    mutating func setHeaders(_ lines: [String]) throws(HTTPTransportError) {
        let list = try StringList(lines)
        try check(unsafe ccurl_set_list(pointer, CURLOPT_HTTPHEADER, list.first), "header fields")
        headers = consume list
    }

    /// Redirects the connection: "host:port:host:port", where the first two may be empty for any.
    mutating func setRoute(_ entry: String) throws(HTTPTransportError) {
        let list = try StringList([entry])
        try check(unsafe ccurl_set_list(pointer, CURLOPT_CONNECT_TO, list.first), "route")
        route = consume list
    }

    func set(_ option: CURLoption, pem: [UInt8]) throws(HTTPTransportError) {
        try check(
            unsafe pem.withUnsafeBytes { unsafe ccurl_set_blob(pointer, option, $0.baseAddress, $0.count) },
            "option \(option.rawValue)")
    }

    func check(_ code: CURLcode, _ setting: @autoclosure () -> String) throws(HTTPTransportError) {
        guard code == CURLE_OK else {
            throw .other("libcurl refuses \(setting()): \(CurlLibrary.text(code))")
        }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe ccurl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// Whether the connection is established, including TLS, so that the request can be sent.
    var isConnected: Bool {
        var microseconds: curl_off_t = 0
        unsafe ccurl_get_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds > 0
    }

    /// Resumes a paused transfer; data that libcurl has buffered is delivered during the call.
    func resume() {
        unsafe curl_easy_pause(pointer, CURLPAUSE_CONT)
    }
}
