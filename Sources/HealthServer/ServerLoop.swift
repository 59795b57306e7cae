internal import Platform

/// The server thread's loop and the resources it owns.
struct ServerLoop {
    private static let mostConnections = 64
    /// How long a client may take to read the end of its response (RFC 9112, 9.6).
    private static let lingering = Duration.seconds(1)
    /// The pause in accepting connections after the system has run out of resources.
    private static let pause = Duration.milliseconds(100)

    private struct Connection {
        enum Phase {
            case reading([UInt8])
            case writing(ArraySlice<UInt8>)
            /// The response is sent. Further input is read and dropped: closing with unread input would reset the
            /// connection and lose the response.
            case ending
        }

        var socket: Descriptor
        var deadline: ContinuousClock.Instant
        var phase = Phase.reading([])

        var interest: Readiness {
            if case .writing = phase { .writing } else { .reading }
        }
    }

    private let listener: Descriptor
    private let stopped: Descriptor
    private let patience: Duration
    private let handler: HealthServer.Handler
    private var connections: [Int32: Connection] = [:]
    private var pausedUntil: ContinuousClock.Instant?

    /// - Parameter patience: the time limit for receiving a request and sending its response.
    init(
        _ listener: Descriptor, _ stopped: Descriptor, patience: Duration, _ handler: @escaping HealthServer.Handler
    ) {
        self.listener = listener
        self.stopped = stopped
        self.patience = patience
        self.handler = handler
    }

    /// Serves until `stopped` becomes readable.
    mutating func run() {
        while true {
            var watched = [Watched(stopped, for: .reading)]
            if pausedUntil == nil { watched.append(Watched(listener, for: .reading)) }
            watched += connections.values.map { Watched($0.socket, for: $0.interest) }
            Watched.wait(for: &watched, milliseconds: milliseconds(to: nextDeadline))
            guard watched[0].state.isEmpty else { return }
            // The listener comes last, so that the number of a connection closed in this round is not reused before its
            // turn.
            for entry in watched.dropFirst().reversed() where !entry.state.isEmpty {
                if entry.descriptor === listener {
                    accept()
                } else {
                    serve(entry.descriptor.number)
                }
            }
            let now = ContinuousClock.now
            connections = connections.filter { $0.value.deadline > now }
            if let end = pausedUntil, end <= now { pausedUntil = nil }
        }
    }

    private var nextDeadline: ContinuousClock.Instant? {
        (connections.values.map(\.deadline) + [pausedUntil].compactMap(\.self)).min()
    }

    /// Milliseconds until `deadline`, rounded up to avoid polling within the last one; nil for no limit.
    private func milliseconds(to deadline: ContinuousClock.Instant?) -> Int32? {
        deadline.map { Int32(max(.zero, $0 - .now) / .milliseconds(1)) + 1 }
    }

    /// Accepts a connection. If there are too many, the one closest to its deadline is closed, so that idle clients do
    /// not lock out probes.
    private mutating func accept() {
        switch Sockets.accept(listener) {
        case .none: break
        case .exhausted: pausedUntil = .now + Self.pause
        case .connection(let socket):
            if connections.count >= Self.mostConnections,
                let first = connections.min(by: { $0.value.deadline < $1.value.deadline })
            {
                connections[first.key] = nil
            }
            connections[socket.number] = Connection(socket: socket, deadline: .now + patience)
        }
    }

    private mutating func serve(_ number: Int32) {
        guard var connection = connections[number] else { return }
        let lives =
            switch connection.phase {
            case .reading(let received): read(&connection, after: received)
            case .writing(let unsent): write(unsent, to: &connection)
            case .ending: Sockets.read(connection.socket) != nil
            }
        connections[number] = lives ? connection : nil
    }

    /// Returns false when the connection is to be closed.
    private func read(_ connection: inout Connection, after received: [UInt8]) -> Bool {
        guard let bytes = Sockets.read(connection.socket) else { return false }
        let received = received + bytes
        switch RequestHead(received) {
        case .incomplete:
            connection.phase = .reading(received)
            return true
        case .refused(let status):
            let wantsBody = !received.starts(with: Array("HEAD ".utf8))
            return write(HealthResponse(status, "\(status)\n").bytes(wantsBody: wantsBody)[...], to: &connection)
        case .request(let path, let wantsBody):
            return write(handler(path).bytes(wantsBody: wantsBody)[...], to: &connection)
        }
    }

    private func write(_ unsent: ArraySlice<UInt8>, to connection: inout Connection) -> Bool {
        let count = Sockets.write(unsent, to: connection.socket)
        guard count >= 0 else { return false }
        let rest = unsent.dropFirst(count)
        if rest.isEmpty {
            Sockets.endWriting(connection.socket)
            connection.deadline = min(connection.deadline, .now + Self.lingering)
            connection.phase = .ending
        } else {
            connection.phase = .writing(rest)
        }
        return true
    }
}
