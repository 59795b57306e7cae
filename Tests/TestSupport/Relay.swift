private import Glibc
private import Synchronization

/// A TCP relay on 127.0.0.1 to another port, or to the socket of an etcd, which can fail like networks do.
package final class Relay: Sendable {
    package enum Mode: Sendable {
        case passing
        /// New connections are closed immediately, and existing ones are reset.
        case refusing
        /// Connections stay open, but no data passes.
        case frozen
        /// Before an etcd: what it watches for others is held until the mode changes; it answers new requests.
        case lagging
    }

    package enum Target: Sendable {
        case port(Int)
        /// It speaks HTTP/2 without TLS.
        case etcd(socket: String)

        fileprivate var speaksHTTP2: Bool { if case .etcd = self { true } else { false } }
    }

    private struct State {
        var target: Target
        var mode = Mode.passing
        /// The mode that the thread works in.
        var workingMode = Mode.passing
        var cuts = 0
        var accepted = 0
        var isOver = false
    }

    package let port: Int
    private let state: StateBox

    private final class StateBox: Sendable {
        let value: Mutex<State>

        init(_ target: Target) { value = Mutex(State(target: target)) }
    }

    /// One direction of a connection.
    private struct Direction {
        var peer: Int32
        /// For what comes from an etcd.
        var streams: StreamHolder?
    }

    /// - Parameter network: the network to listen in; nil for the host's.
    package convenience init(to port: Int, in network: NetworkNamespace? = nil) throws {
        try self.init(to: .port(port), in: network)
    }

    package init(to target: Target, in network: NetworkNamespace? = nil) throws {
        let (listener, port) = try NetworkNamespace.inside(network) {
            let listener = try LoopbackServer.check("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            return (listener, try LoopbackServer.listen(listener))
        }
        self.port = port
        let state = StateBox(target)
        self.state = state
        try LoopbackServer.onThread {
            Self.run(listener, state)
        }
    }

    deinit {
        state.value.withLock { $0.isOver = true }
    }

    package var mode: Mode {
        get { state.value.withLock { $0.mode } }
        set {
            state.value.withLock { $0.mode = newValue }
            // What arrives from now on has to be held.
            while newValue == .lagging, state.value.withLock({ $0.workingMode }) != .lagging { usleep(1000) }
        }
    }

    /// Where new connections go; the existing ones stay where they are.
    package var target: Target {
        get { state.value.withLock { $0.target } }
        set { state.value.withLock { $0.target = newValue } }
    }

    /// The number of connections accepted so far.
    package var accepted: Int { state.value.withLock { $0.accepted } }

    /// Resets all existing connections.
    package func cut() {
        state.value.withLock { $0.cuts += 1 }
    }

    private static func run(_ listener: Int32, _ state: StateBox) {
        var directions: [Int32: Direction] = [:]
        var cuts = 0
        defer {
            for descriptor in directions.keys { close(descriptor) }
            close(listener)
        }
        func end(_ descriptor: Int32, _ peer: Int32) {
            for ended in [descriptor, peer] where directions.removeValue(forKey: ended) != nil { close(ended) }
        }
        while true {
            let now = state.value.withLock { state in
                state.workingMode = state.mode
                return state
            }
            if now.isOver { return }
            if now.cuts != cuts || now.mode == .refusing {
                cuts = now.cuts
                for descriptor in directions.keys { reset(descriptor) }
                directions = [:]
            }
            if now.mode == .passing || now.mode == .lagging {
                for (descriptor, direction) in directions {
                    guard let due = directions[descriptor]?.streams?.setHolding(now.mode == .lagging) else { continue }
                    if !write(due, to: direction.peer) { end(descriptor, direction.peer) }
                }
            }
            let watched = [listener] + (now.mode == .frozen ? [] : Array(directions.keys))
            var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if entry.fd == listener {
                    let client = accept(listener, nil, nil)
                    guard client >= 0 else { continue }
                    state.value.withLock { $0.accepted += 1 }
                    guard now.mode != .refusing, let server = connect(to: now.target) else {
                        reset(client)
                        continue
                    }
                    directions[client] = Direction(peer: server)
                    directions[server] = Direction(peer: client, streams: now.target.speaksHTTP2 ? StreamHolder() : nil)
                } else if let peer = directions[entry.fd]?.peer {
                    let bytes = received(entry.fd)
                    let passed = directions[entry.fd]?.streams?.pass(bytes) ?? bytes
                    if bytes.isEmpty || !write(passed, to: peer) { end(entry.fd, peer) }
                }
            }
        }
    }

    /// The next bytes; none at the end.
    private static func received(_ source: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe read(source, &buffer, buffer.count)
        return Array(buffer.prefix(max(count, 0)))
    }

    private static func write(_ bytes: [UInt8], to target: Int32) -> Bool {
        var sent = 0
        while sent < bytes.count {
            let written = unsafe bytes.withUnsafeBytes { bytes in
                unsafe send(target, bytes.baseAddress?.advanced(by: sent), bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }

    private static func connect(to target: Target) -> Int32? {
        switch target {
        case .port(let port):
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
            return connect(AF_INET, address)
        case .etcd(let path):
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            let room = MemoryLayout.size(ofValue: address.sun_path) - 1
            guard path.utf8.count <= room else { return nil }
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: path.utf8) }
            return connect(AF_UNIX, address)
        }
    }

    private static func connect<Address>(_ family: Int32, _ address: Address) -> Int32? {
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        let result = unsafe withUnsafePointer(to: address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe Glibc.connect(descriptor, pointer, socklen_t(MemoryLayout<Address>.size))
            }
        }
        guard result == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }

    /// Closes with RST instead of FIN.
    private static func reset(_ descriptor: Int32) {
        var linger = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
        close(descriptor)
    }
}
