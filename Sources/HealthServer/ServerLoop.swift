internal import Glibc

/// What the server's thread does, and all it owns.
struct ServerLoop {
    private static let mostConnections = 64
    /// For a request to arrive and its answer to be taken.
    private static let patience = Duration.seconds(5)

    private struct Connection {
        var socket: Descriptor
        var deadline: ContinuousClock.Instant
        var received: [UInt8] = []
        /// Nil while the request is being read.
        var unsent: ArraySlice<UInt8>?
    }

    private let listener: Descriptor
    private let stopped: Descriptor
    private let handler: HealthServer.Handler
    private var connections: [Int32: Connection] = [:]

    init(_ listener: Descriptor, _ stopped: Descriptor, _ handler: @escaping HealthServer.Handler) {
        self.listener = listener
        self.stopped = stopped
        self.handler = handler
    }

    /// Returns once there is something to read from `stopped`.
    mutating func run() {
        while true {
            var watched = [pollfd(fd: stopped.number, events: Int16(POLLIN), revents: 0)]
            if connections.count < Self.mostConnections {
                watched.append(pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0))
            }
            watched += connections.values.map {
                pollfd(fd: $0.socket.number, events: Int16($0.unsent == nil ? POLLIN : POLLOUT), revents: 0)
            }
            Sockets.wait(&watched, milliseconds: connections.isEmpty ? -1 : 250)
            for entry in watched where entry.revents != 0 {
                if entry.fd == stopped.number { return }
                if entry.fd == listener.number {
                    accept()
                } else {
                    serve(entry.fd)
                }
            }
            let now = ContinuousClock.now
            connections = connections.filter { $0.value.deadline > now }
        }
    }

    private mutating func accept() {
        guard let socket = Sockets.accept(listener) else { return }
        connections[socket.number] = Connection(socket: socket, deadline: .now + Self.patience)
    }

    private mutating func serve(_ number: Int32) {
        guard var connection = connections[number] else { return }
        if connection.unsent == nil {
            guard let bytes = Sockets.read(connection.socket) else {
                connections[number] = nil
                return
            }
            connection.received += bytes
            switch RequestHead(connection.received) {
            case .incomplete: break
            case .refused(let status):
                connection.unsent = HealthResponse(status, "\(status)\n").bytes(wantsBody: true)[...]
            case .request(let path, let wantsBody): connection.unsent = handler(path).bytes(wantsBody: wantsBody)[...]
            }
        }
        if let unsent = connection.unsent {
            let count = Sockets.write(Array(unsent), to: connection.socket)
            connection.unsent = unsent.dropFirst(max(0, count))
            if count < 0 || connection.unsent?.isEmpty == true {
                Sockets.finish(connection.socket)
                connections[number] = nil
                return
            }
        }
        connections[number] = connection
    }
}
