internal import CCurl

/// A libcurl multi handle: the connection cache, and the transfers that share it.
@safe struct MultiHandle: ~Copyable {
    /// Ends a ``MultiHandle/wait(milliseconds:)`` from any thread.
    ///
    /// Unchecked: `curl_multi_wakeup` is the only function of a multi handle that libcurl documents as thread-safe. The
    /// handle must be alive; ``LoopInbox`` guarantees that by ringing and detaching the bell under one lock.
    @safe struct Bell: @unchecked Sendable {
        fileprivate let multi: UnsafeMutableRawPointer

        func ring() {
            unsafe curl_multi_wakeup(multi)
        }
    }

    private let multi: UnsafeMutableRawPointer

    /// - Parameter maxConnections: the limit per host; further transfers wait, and idle connections are kept.
    init(maxConnections: Int) {
        guard let multi = unsafe curl_multi_init() else { preconditionFailure("out of memory for a curl multi handle") }
        unsafe self.multi = multi
        unsafe ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, maxConnections)
        unsafe ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, maxConnections)
    }

    deinit {
        unsafe curl_multi_cleanup(multi)
    }

    var bell: Bell { unsafe Bell(multi: multi) }

    func add(_ easy: borrowing EasyHandle) throws(HTTPTransportError) {
        let code = unsafe curl_multi_add_handle(multi, easy.pointer)
        guard code == CURLM_OK else {
            throw .other("libcurl takes no transfer: \(unsafe String(cString: curl_multi_strerror(code)))")
        }
    }

    func remove(_ easy: borrowing EasyHandle) {
        unsafe curl_multi_remove_handle(multi, easy.pointer)
    }

    /// Performs all work that needs no waiting; the callbacks of the transfers run during the call.
    func perform() {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
    }

    /// Waits for a socket, a timer of libcurl, the bell, or the given time.
    func wait(milliseconds: Int32) {
        unsafe curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }

    /// Returns the next finished transfer with its result.
    func nextFinished() -> (transfer: ActiveTransfer, result: CURLcode)? {
        var remaining: Int32 = 0
        while let message = unsafe curl_multi_info_read(multi, &remaining) {
            guard unsafe message.pointee.msg == CURLMSG_DONE else { continue }
            let result = unsafe ccurl_message_result(message)
            guard let transfer = unsafe ActiveTransfer.of(message.pointee.easy_handle) else { continue }
            return (transfer, result)
        }
        return nil
    }
}
