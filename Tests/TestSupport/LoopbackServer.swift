private import Glibc
private import Synchronization

/// An HTTP/1.1 server on 127.0.0.1 that runs a script for each connection and sends exactly what the script writes.
package final class LoopbackServer: Sendable {
    /// Runs on a thread of its own; throwing ends the connection.
    package typealias Script = @Sendable (LoopbackConnection) throws -> Void

    package struct Failure: Error {
        package var call: String
        package var code: Int32
    }

    package let port: Int
    private let listener: Int32
    private let connections: ConnectionTable

    /// - Parameters:
    ///   - sendBuffer: the kernel's buffer in bytes for a client that does not read; nil for the default.
    ///   - network: the network to listen in; nil for the host's.
    package init(sendBuffer: Int? = nil, in network: NetworkNamespace? = nil, _ script: @escaping Script) throws {
        let (listener, port) = try NetworkNamespace.inside(network) {
            let listener = try Self.check("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            return (listener, try Self.listen(listener))
        }
        self.listener = listener
        self.port = port
        let connections = ConnectionTable()
        self.connections = connections
        try Self.onThread {
            // Closed by the accepting thread, so that it never accepts on a reused descriptor.
            defer { close(listener) }
            while !connections.isShutDown {
                let descriptor = accept(listener, nil, nil)
                guard descriptor >= 0 else { continue }
                if let sendBuffer { setInteger(descriptor, SO_SNDBUF, Int32(sendBuffer)) }
                let number = connections.add(descriptor)
                try? Self.onThread {
                    try? script(LoopbackConnection(descriptor, number: number))
                    connections.remove(descriptor)
                }
            }
        }
    }

    deinit {
        connections.shutDown(listener)
    }

    package var url: String { "http://127.0.0.1:\(port)" }

    /// The number of connections accepted so far.
    package var accepted: Int { connections.accepted }

    static func listen(_ descriptor: Int32) throws -> Int {
        setInteger(descriptor, SO_REUSEADDR, 1)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        try unsafe withUnsafeMutablePointer(to: &address) { pointer in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                _ = try check("bind", unsafe bind(descriptor, address, length))
                _ = try check("listen", Glibc.listen(descriptor, 256))
                _ = try check("getsockname", unsafe getsockname(descriptor, address, &length))
            }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    static func check(_ call: String, _ result: Int32) throws -> Int32 {
        guard result >= 0 else { throw Failure(call: call, code: errno) }
        return result
    }

    static func onThread(_ work: @escaping @Sendable () -> Void) throws {
        final class Box: Sendable {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(Box(work)).toOpaque()
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context { unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().work() }
                return nil
            }, context)
        guard status == 0 else { throw Failure(call: "pthread_create", code: status) }
        pthread_detach(thread)
    }
}

private func setInteger(_ descriptor: Int32, _ option: Int32, _ value: Int32) {
    var value = value
    unsafe setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Int32>.size))
}

/// The open connections, which are closed with the server.
private final class ConnectionTable: Sendable {
    private struct State {
        var open: Set<Int32> = []
        var accepted = 0
        var isShutDown = false
    }

    private let state = Mutex(State())

    var accepted: Int { state.withLock { $0.accepted } }

    /// Adds a connection and returns its number, counted from 1.
    func add(_ descriptor: Int32) -> Int {
        state.withLock { state in
            state.open.insert(descriptor)
            state.accepted += 1
            if state.isShutDown { shutdown(descriptor, Int32(SHUT_RDWR)) }
            return state.accepted
        }
    }

    func remove(_ descriptor: Int32) {
        state.withLock { state in
            state.open.remove(descriptor)
            close(descriptor)
        }
    }

    var isShutDown: Bool { state.withLock { $0.isShutDown } }

    func shutDown(_ listener: Int32) {
        state.withLock { state in
            shutdown(listener, Int32(SHUT_RDWR))
            state.isShutDown = true
            for descriptor in state.open { shutdown(descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
