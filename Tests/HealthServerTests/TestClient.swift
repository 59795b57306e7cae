import Glibc

/// A client that violates the protocol: it sends any bytes at any time, and can stay silent. Its calls block.
final class TestClient: Sendable {
    struct Failure: Error {
        var code: Int32
    }

    private let handle: Int32

    init(to port: UInt16) throws {
        handle = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        // A server that hangs makes the test fail instead of hang.
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        unsafe setsockopt(handle, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
        unsafe setsockopt(handle, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(handle, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw Failure(code: errno) }
    }

    deinit { close(handle) }

    /// Returns false when the server accepts no more data.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(handle, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count >= 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    @discardableResult
    func send(_ text: String) -> Bool { send(Array(text.utf8)) }

    /// Ends sending; the response can still be read.
    func closeWriting() { shutdown(handle, Int32(SHUT_WR)) }

    /// Reads everything until the server closes.
    ///
    /// - Throws: ``Failure`` if the server resets the connection, or sends nothing for 10 s.
    func readToEnd() throws -> String {
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count = unsafe recv(handle, &buffer, buffer.count, 0)
            guard count >= 0 else { throw Failure(code: errno) }
            guard count > 0 else { return String(decoding: received, as: UTF8.self) }
            received += buffer.prefix(count)
        }
    }
}
