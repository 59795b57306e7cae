import Foundation
private import HTTPTransport
import Synchronization

/// Forwards requests to a real API server, and holds one of them at a chosen moment, so that a fault happens exactly
/// then. Accepts plain HTTP, so that it can inspect requests.
package final class StagedServer: Sendable {
    package enum Stage: String, Sendable, CaseIterable {
        case list, nextPage, replicaSets, patch, get, watch

        init?(_ line: String) {
            let words = line.split(separator: " ")
            guard words.count == 3, words[1].contains("/rollouts") || words[1].contains("/replicasets") else {
                return nil
            }
            let (path, query) = words[1].split(separator: "?").map(String.init).headAndRest
            if words[0] == "PATCH" {
                self = .patch
            } else if path.contains("/replicasets") {
                self = .replicaSets
            } else if query.contains("sendInitialEvents=") {
                return nil  // a streaming list: not every API server offers one
            } else if query.contains("watch=") {
                self = .watch
            } else if query.contains("continue=") {
                self = .nextPage
            } else {
                self = path.hasSuffix("/rollouts") ? .list : .get
            }
        }
    }

    package enum Moment: String, Sendable {
        /// The request has arrived, and the API server has not received it.
        case asked
        /// The API server has responded, and half of the response has been forwarded; for a watch, its head.
        case answered
    }

    /// Whether the gate was reached, and whether it may be passed.
    private final class Gate: Sendable {
        let stage: Stage
        let moment: Moment
        let state = Mutex((isReached: false, isOpen: false, isAway: false))

        init(_ stage: Stage, _ moment: Moment) {
            self.stage = stage
            self.moment = moment
        }

        /// Waits at the gate the first time; later requests pass.
        func pass(_ stage: Stage?, _ moment: Moment) {
            guard stage == self.stage, moment == self.moment else { return }
            let isFirst = state.withLock { state in
                defer { state.isReached = true }
                return !state.isReached
            }
            guard isFirst else { return }
            while !state.withLock({ $0.isOpen }) { Thread.sleep(forTimeInterval: 0.002) }
        }
    }

    private let server: LoopbackServer
    private let gate: Gate

    /// - Parameter token: the token for the API server, read for each request, because clients send none over plain
    ///   HTTP.
    package init(
        to cluster: TestCluster, in network: NetworkNamespace? = nil, token: @escaping @Sendable () -> String,
        holding stage: Stage, _ moment: Moment
    ) throws {
        let gate = Gate(stage, moment)
        let authority = Array(try Data(contentsOf: URL(fileURLWithPath: cluster.folder + "/ca.crt")))
        let transport = CurlTransport(TransportConfiguration(certificateAuthority: authority, offersHTTP2: false))
        self.gate = gate
        server = try LoopbackServer(in: network) { connection in
            while let request = try connection.readRequest() {
                try Self.pass(request, to: cluster.server, token, transport, connection, gate)
            }
        }
    }

    deinit {
        release()
    }

    package var url: String { server.url }

    /// Whether the request has arrived.
    package var isHolding: Bool { gate.state.withLock { $0.isReached } }

    /// Whether connections are closed without a response, as by a load balancer without a ready server.
    package var isAway: Bool {
        get { gate.state.withLock { $0.isAway } }
        set { gate.state.withLock { $0.isAway = newValue } }
    }

    package var isOpen: Bool { gate.state.withLock { $0.isOpen } }

    package func release() {
        gate.state.withLock { $0.isOpen = true }
    }

    private static func pass(
        _ request: LoopbackConnection.Request, to server: String, _ token: () -> String, _ transport: CurlTransport,
        _ connection: LoopbackConnection, _ gate: Gate
    ) throws {
        let words = request.line.split(separator: " ").map(String.init)
        guard words.count == 3, let method = HTTPRequest.Method(rawValue: words[0]) else { return }
        let stage = Stage(request.line)
        var headers = HTTPHeaders()
        for name in ["Accept", "Content-Type", "User-Agent"] {
            if let value = request[name] { headers.append(name, value) }
        }
        gate.pass(stage, .asked)
        if gate.state.withLock({ $0.isAway }) { throw CocoaError(.fileReadUnknown) }
        headers.append("Authorization", "Bearer \(token())")
        let sent = HTTPRequest(
            method, server + words[1], headers: headers, body: request.body.isEmpty ? nil : request.body)
        let answer = try waiting { try await transport.send(sent) }
        try connection.write(head(answer))
        // A streaming list is a watch too: its bookmark must arrive while the request goes on.
        if words[1].contains("watch=") {
            gate.pass(stage, .answered)
            let pieces = Box(answer.body.makeAsyncIterator())
            while let piece = try waiting({ try await pieces.next() }) { try connection.writeChunk(piece) }
        } else {
            let body = try waiting { try await answer.body.collect(upTo: 64 << 20) }
            try connection.writeChunk(Array(body.prefix(body.count / 2)))
            gate.pass(stage, .answered)
            try connection.writeChunk(Array(body.dropFirst(body.count / 2)))
        }
        try connection.write("0\r\n\r\n")
    }

    private static func head(_ answer: HTTPResponse) -> String {
        let kept = ["content-type", "date", "retry-after", "warning"]
        let fields = answer.headers.fields.filter { kept.contains($0.name.lowercased()) }.map {
            "\($0.name): \($0.value)"
        }
        return (["HTTP/1.1 \(answer.status) Passed"] + fields + ["Transfer-Encoding: chunked"])
            .joined(separator: "\r\n") + "\r\n\r\n"
    }

    /// Used by one reader at a time.
    private final class Box: @unchecked Sendable {
        var iterator: HTTPBody.Iterator

        init(_ iterator: HTTPBody.Iterator) {
            self.iterator = iterator
        }

        func next() async throws -> [UInt8]? { try await iterator.next() }
    }

    private final class Answer<Value: Sendable>: Sendable {
        let result = Mutex<Result<Value, any Error>?>(nil)
    }

    /// Runs `work` while this thread, which serves one connection, waits.
    private static func waiting<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) throws -> Value {
        let answer = Answer<Value>()
        let done = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                let value = try await work()
                answer.result.withLock { $0 = .success(value) }
            } catch {
                answer.result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = answer.result.withLock({ $0 }) else { throw CocoaError(.featureUnsupported) }
        return try result.get()
    }
}

extension [String] {
    fileprivate var headAndRest: (String, String) { (first ?? "", dropFirst().joined()) }
}
