internal import CCurl

/// A libcurl multi handle: connections, their cache, and the transfers that share them.
@safe struct MultiHandle: ~Copyable {
    /// Ends a wait in ``MultiHandle/wait(milliseconds:)`` from any thread.
    ///
    /// Unchecked: `curl_multi_wakeup` is the one function libcurl documents as callable from other threads. Whoever rings
    /// must know that the handle lives; ``LoopInbox`` rings under the lock under which the bell is taken down.
    @safe struct Bell: @unchecked Sendable {
        fileprivate let multi: UnsafeMutableRawPointer

        func ring() {
            unsafe curl_multi_wakeup(multi)
        }
    }

    private let multi: UnsafeMutableRawPointer

    /// - Parameter maxConnections: to one host; further transfers wait for one of them, idle ones are kept.
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

    /// Does what can be done without waiting; callbacks of the transfers run in here.
    func perform() {
        var running: Int32 = 0
        unsafe curl_multi_perform(multi, &running)
    }

    /// Waits for a socket, for libcurl's own timers, for the bell, or for the time given.
    func wait(milliseconds: Int32) {
        unsafe curl_multi_poll(multi, nil, 0, milliseconds, nil)
    }

    /// The next transfer that has ended, with its result.
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
