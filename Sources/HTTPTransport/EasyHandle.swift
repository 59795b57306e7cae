internal import CCurl

/// A libcurl easy handle: one transfer, with what libcurl borrows for it.
@safe struct EasyHandle: ~Copyable {
    let pointer: UnsafeMutableRawPointer
    private let errorBuffer: UnsafeMutablePointer<CChar>
    private var lists: [UnsafeMutablePointer<curl_slist>]

    init() throws(HTTPTransportError) {
        guard let pointer = unsafe curl_easy_init() else { throw .other("libcurl gives no transfer") }
        unsafe self.pointer = pointer
        unsafe lists = []
        unsafe errorBuffer = .allocate(capacity: Int(CURL_ERROR_SIZE))
        unsafe errorBuffer.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
        unsafe ccurl_set_pointer(pointer, CURLOPT_ERRORBUFFER, errorBuffer)
    }

    deinit {
        unsafe curl_easy_cleanup(pointer)
        for unsafe list in unsafe lists { unsafe curl_slist_free_all(list) }
        unsafe errorBuffer.deallocate()
    }

    /// What went wrong in libcurl's words, with the detail of this transfer; empty where there is none.
    var errorText: String { unsafe String(cString: errorBuffer) }

    func set(_ option: CURLoption, _ value: Int) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_long(pointer, option, value), option)
    }

    func set(_ option: CURLoption, bytes value: Int64) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_offset(pointer, option, curl_off_t(value)), option)
    }

    func set(_ option: CURLoption, _ value: String?) throws(HTTPTransportError) {
        try check(unsafe ccurl_set_string(pointer, option, value), option)
    }

    /// `strings` stay with the handle as long as libcurl may read them.
    mutating func set(_ option: CURLoption, _ strings: [String]) throws(HTTPTransportError) {
        var list: UnsafeMutablePointer<curl_slist>?
        for string in strings {
            guard let longer = unsafe curl_slist_append(list, string) else {
                unsafe curl_slist_free_all(list)
                throw .other("out of memory")
            }
            unsafe list = longer
        }
        guard let list = unsafe list else { return }
        unsafe lists.append(list)
        try check(unsafe ccurl_set_list(pointer, option, list), option)
    }

    func set(_ option: CURLoption, pem: [UInt8]) throws(HTTPTransportError) {
        try check(unsafe pem.withUnsafeBytes { unsafe ccurl_set_blob(pointer, option, $0.baseAddress, $0.count) }, option)
    }

    func check(_ code: CURLcode, _ option: CURLoption) throws(HTTPTransportError) {
        guard code == CURLE_OK else { throw .other("libcurl refuses option \(option.rawValue): \(CurlLibrary.text(code))") }
    }

    func long(_ info: CURLINFO) -> Int {
        var value = 0
        return unsafe ccurl_get_long(pointer, info, &value) == CURLE_OK ? value : 0
    }

    /// Whether the connection stands, its TLS included, so that the request could go out.
    var isConnected: Bool {
        var microseconds: curl_off_t = 0
        unsafe ccurl_get_offset(pointer, CURLINFO_PRETRANSFER_TIME_T, &microseconds)
        return microseconds > 0
    }

    /// Lets the response flow again; what libcurl kept is delivered in here.
    func resume() {
        unsafe curl_easy_pause(pointer, CURLPAUSE_CONT)
    }
}
