private import Glibc
private import Synchronization

/// A TCP relay on 127.0.0.1 to another port, which can fail like networks do.
package final class Relay: Sendable {
    package enum Mode: Sendable {
        case passing
        /// New connections are closed immediately, and existing ones are reset.
        case refusing
        /// Connections stay open, but no data passes.
        case frozen
    }

    private struct State {
        var mode = Mode.passing
        var cuts = 0
        var accepted = 0
        var isOver = false
    }

    package let port: Int
    private let state: StateBox

    private final class StateBox: Sendable {
        let value = Mutex(State())
    }

    /// - Parameter network: the network to listen in; nil for the host's.
    package init(to target: Int, in network: NetworkNamespace? = nil) throws {
        let (listener, port) = try NetworkNamespace.inside(network) {
            let listener = try LoopbackServer.check("socket", socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0))
            return (listener, try LoopbackServer.listen(listener))
        }
        self.port = port
        let state = StateBox()
        self.state = state
        try LoopbackServer.onThread {
            Self.run(listener, target, state)
        }
    }

    deinit {
        state.value.withLock { $0.isOver = true }
    }

    package var mode: Mode {
        get { state.value.withLock { $0.mode } }
        set { state.value.withLock { $0.mode = newValue } }
    }

    /// The number of connections accepted so far.
    package var accepted: Int { state.value.withLock { $0.accepted } }

    /// Resets all existing connections.
    package func cut() {
        state.value.withLock { $0.cuts += 1 }
    }

    private static func run(_ listener: Int32, _ target: Int, _ state: StateBox) {
        var peers: [Int32: Int32] = [:]
        var cuts = 0
        defer {
            for descriptor in peers.keys { close(descriptor) }
            close(listener)
        }
        while true {
            let now = state.value.withLock { $0 }
            if now.isOver { return }
            if now.cuts != cuts || now.mode == .refusing {
                cuts = now.cuts
                for descriptor in peers.keys { reset(descriptor) }
                peers = [:]
            }
            let watched = [listener] + (now.mode == .passing ? Array(peers.keys) : [])
            var polled = watched.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            guard unsafe poll(&polled, nfds_t(polled.count), 20) > 0 else { continue }
            for entry in polled where entry.revents != 0 {
                if entry.fd == listener {
                    let client = accept(listener, nil, nil)
                    guard client >= 0 else { continue }
                    state.value.withLock { $0.accepted += 1 }
                    guard now.mode != .refusing, let server = connect(to: target) else {
                        reset(client)
                        continue
                    }
                    peers[client] = server
                    peers[server] = client
                } else if let peer = peers[entry.fd], !copy(entry.fd, to: peer) {
                    peers[entry.fd] = nil
                    peers[peer] = nil
                    close(entry.fd)
                    close(peer)
                }
            }
        }
    }

    private static func copy(_ source: Int32, to target: Int32) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = unsafe read(source, &buffer, buffer.count)
        guard count > 0 else { return false }
        var sent = 0
        while sent < count {
            let written = unsafe buffer.withUnsafeBytes { bytes in
                unsafe send(target, bytes.baseAddress?.advanced(by: sent), count - sent, Int32(MSG_NOSIGNAL))
            }
            guard written > 0 else { return false }
            sent += written
        }
        return true
    }

    private static func connect(to port: Int) -> Int32? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe Glibc.connect(descriptor, address, socklen_t(MemoryLayout<sockaddr_in>.size))
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
