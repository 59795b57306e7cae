internal import Glibc

/// The system calls of the server, with errors as values.
enum Sockets {
    static func listen(_ address: ListenAddress) throws(HealthServer.Failure) -> Descriptor {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let host = address.host ?? "::"
        let status = unsafe getaddrinfo(host, String(address.port), &hints, &found)
        guard status == 0, let first = unsafe found else {
            throw .init(reason: "cannot listen on \(host): \(unsafe String(cString: gai_strerror(status)))")
        }
        defer { unsafe freeaddrinfo(first) }
        do throws(SystemError) {
            return try unsafe listen(first.pointee)
        } catch {
            // A machine without IPv6 has every address in IPv4; a port that is taken stays an error.
            if address.host == nil, [EAFNOSUPPORT, EADDRNOTAVAIL].contains(error.code) {
                return try listen(ListenAddress(host: "0.0.0.0", port: address.port))
            }
            let reason = unsafe String(cString: strerror(error.code)).lowercased()
            let place = address.host.map { "\($0) port" } ?? "port"
            throw .init(reason: "cannot listen on \(place) \(address.port): \(reason)")
        }
    }

    private struct SystemError: Error {
        var code = errno
    }

    private static func listen(_ info: addrinfo) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let socket = Descriptor(unsafe Glibc.socket(info.ai_family, type, 0))
        guard socket.number >= 0 else { throw SystemError() }
        var yes: Int32 = 1
        var no: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if unsafe info.ai_family == AF_INET6 {
            unsafe setsockopt(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, size)
        }
        guard unsafe bind(socket.number, info.ai_addr, info.ai_addrlen) == 0, Glibc.listen(socket.number, 64) == 0
        else { throw SystemError() }
        return socket
    }

    static func port(of socket: Descriptor) -> UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getsockname(socket.number, address, &length) == 0 else { return 0 }
                // The port lies in the same place for IPv4 and IPv6.
                return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: unsafe $0.pointee.sin_port)
                }
            }
        }
    }

    static func pipe() throws(HealthServer.Failure) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [0, 0]
        guard unsafe Glibc.pipe(&ends) == 0 else {
            throw .init(reason: "cannot make a pipe: \(unsafe String(cString: strerror(errno)))")
        }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    /// - Parameter deadline: nil waits for as long as it takes.
    static func wait(_ watched: inout [pollfd], until deadline: ContinuousClock.Instant?) {
        let count = nfds_t(watched.count)
        // Rounded up, or the last millisecond is spent in asking again.
        let milliseconds = deadline.map { Int32(max(.zero, $0 - .now) / .milliseconds(1)) + 1 } ?? -1
        if unsafe poll(&watched, count, milliseconds) < 0 {
            for index in watched.indices { watched[index].revents = 0 }
        }
    }

    enum Accepted {
        case connection(Descriptor)
        /// The client is gone already.
        case none
        /// The process or the system has no descriptor or memory left, and the client waits on.
        case exhausted
    }

    static func accept(_ listener: Descriptor) -> Accepted {
        let socket = Glibc.accept(listener.number, nil, nil)
        guard socket >= 0 else {
            return [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(errno) ? .exhausted : .none
        }
        _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        return .connection(Descriptor(socket))
    }

    /// What has arrived, perhaps nothing; nil at the end and on errors.
    static func read(_ socket: Descriptor) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = unsafe recv(socket.number, &bytes, bytes.count, 0)
        if count < 0 { return errno == EAGAIN || errno == EINTR ? [] : nil }
        return count == 0 ? nil : Array(bytes.prefix(count))
    }

    /// How many bytes were taken; -1 when no more will be.
    @discardableResult
    static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Descriptor) -> Int {
        let count = unsafe bytes.withUnsafeBytes { bytes in
            let sent = unsafe send(descriptor.number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
            return sent < 0 && errno == ENOTSOCK
                ? unsafe Glibc.write(descriptor.number, bytes.baseAddress, bytes.count) : sent
        }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : count
    }

    /// The client sees the end of the answer, and can still send.
    static func endWriting(_ socket: Descriptor) {
        shutdown(socket.number, Int32(SHUT_WR))
    }
}

extension ListenAddress {
    fileprivate init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }
}
