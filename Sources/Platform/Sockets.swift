#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Non-blocking sockets with errors as values.
package enum Sockets {
    package enum ListenFailure: Error, Equatable {
        /// The host name does not resolve; the reason.
        case host(String)
        case system(SystemError)
    }

    /// - Parameter host: a name or an address; `::` means every address, IPv4 included.
    /// - Throws: ``ListenFailure`` if the host does not resolve, or the address is in use or forbidden.
    package static func listen(host: String, port: UInt16) throws(ListenFailure) -> Descriptor {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = stream
        unsafe hints.ai_flags = AI_PASSIVE
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, String(port), &hints, &found)
        guard status == 0, let first = unsafe found else {
            throw .host(unsafe String(cString: gai_strerror(status)))
        }
        defer { unsafe freeaddrinfo(first) }
        return try unsafe listen(first.pointee)
    }

    private static func listen(_ info: addrinfo) throws(ListenFailure) -> Descriptor {
        let socket = Descriptor(unsafe newSocket(info.ai_family))
        guard socket.number >= 0 else { throw .system(.last) }
        var yes: Int32 = 1
        var no: Int32 = 0
        let size = socklen_t(MemoryLayout<Int32>.size)
        unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &yes, size)
        if unsafe info.ai_family == AF_INET6 {
            unsafe setsockopt(socket.number, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &no, size)
        }
        guard unsafe bind(socket.number, info.ai_addr, info.ai_addrlen) == 0, listenNow(socket.number) == 0
        else { throw .system(.last) }
        return socket
    }

    package static func port(of socket: Descriptor) -> UInt16 {
        var address = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return unsafe withUnsafeMutablePointer(to: &address) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard unsafe getsockname(socket.number, address, &length) == 0 else { return 0 }
                // The port has the same offset for IPv4 and IPv6.
                return unsafe address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt16(bigEndian: unsafe $0.pointee.sin_port)
                }
            }
        }
    }

    /// Creates a pipe that child processes do not inherit.
    ///
    /// - Throws: ``SystemError``, such as ``SystemError/tooManyFiles``.
    package static func pipe() throws(SystemError) -> (read: Descriptor, write: Descriptor) {
        var ends: [Int32] = [0, 0]
        guard makePipe(&ends) == 0 else { throw .last }
        for end in ends { keepFromChildren(end) }
        return (Descriptor(ends[0]), Descriptor(ends[1]))
    }

    package enum Accepted {
        case connection(Descriptor)
        /// The client has already disconnected.
        case none
        /// The process or the system is out of descriptors or memory; the client stays in the queue.
        case exhausted
    }

    package static func accept(_ listener: Descriptor) -> Accepted {
        let socket = acceptNow(listener.number)
        guard socket >= 0 else {
            let scarce: [SystemError] = [.tooManyFiles, .tooManyFilesInSystem, .noRoomForSockets, .noMemory]
            return scarce.contains(.last) ? .exhausted : .none
        }
        keepFromChildren(socket)
        _ = fcntl(socket, F_SETFL, O_NONBLOCK)
        return .connection(Descriptor(socket))
    }

    /// Reads available bytes; empty if there are none yet, nil at the end or on an error.
    package static func read(_ socket: Descriptor) -> [UInt8]? {
        do throws(SystemError) {
            let bytes = try socket.read(upTo: 4096)
            return bytes.isEmpty ? nil : bytes
        } catch {
            return error == .wouldBlock ? [] : nil
        }
    }

    /// Writes and returns the number of bytes taken; -1 if the connection is broken.
    @discardableResult
    package static func write(_ bytes: ArraySlice<UInt8>, to descriptor: Descriptor) -> Int {
        do throws(SystemError) {
            do throws(SystemError) {
                return try check {
                    unsafe bytes.withUnsafeBytes {
                        unsafe send(descriptor.number, $0.baseAddress, $0.count, withoutSignal)
                    }
                }
            } catch .notASocket {
                return try descriptor.write(bytes)
            }
        } catch {
            return error == .wouldBlock ? 0 : -1
        }
    }

    /// Closes the writing direction; the peer can still send.
    package static func endWriting(_ socket: Descriptor) {
        shutdown(socket.number, Int32(SHUT_WR))
    }

    /// Sets close-on-exec, so that child processes do not inherit the descriptor.
    package static func keepFromChildren(_ number: Int32) {
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
    }

    /// Drops a peer that acknowledges nothing for so long (`TCP_USER_TIMEOUT`); does nothing where that is not
    /// supported.
    package static func limitSilence(of number: Int32, milliseconds: UInt32) {
        #if os(Linux)
            var milliseconds = milliseconds
            unsafe setsockopt(
                number, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, socklen_t(MemoryLayout<UInt32>.size))
        #endif
    }

    #if canImport(Glibc)
        private static let stream = Int32(SOCK_STREAM.rawValue)
        private static let options = Int32(SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        private static let withoutSignal = Int32(MSG_NOSIGNAL)
    #elseif canImport(Musl)
        private static let stream = SOCK_STREAM
        private static let options = SOCK_CLOEXEC | SOCK_NONBLOCK
        private static let withoutSignal = MSG_NOSIGNAL
    #else
        private static let stream = SOCK_STREAM
        private static let options: Int32 = 0
        /// Not needed: the process ignores the signal.
        private static let withoutSignal: Int32 = 0
    #endif

    private static func newSocket(_ family: Int32) -> Int32 {
        let number = socket(family, stream | options, 0)
        if options == 0, number >= 0 {
            keepFromChildren(number)
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
        }
        return number
    }
}

// The system calls, whose names the functions above hide.

private func listenNow(_ number: Int32) -> Int32 { listen(number, 64) }

private func acceptNow(_ number: Int32) -> Int32 { accept(number, nil, nil) }

private func makePipe(_ ends: inout [Int32]) -> Int32 { unsafe pipe(&ends) }
