internal import Formats
internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import Rollouts

/// Sends notifications to one target: in order, with retries, never holding up who hands them over.
final class NotifySender: Sendable {
    enum Result: String, Sendable, CaseIterable {
        case sent
        /// Refused, or not deliverable for an hour.
        case failed
        /// More waited than are kept; the oldest was dropped.
        case dropped
    }

    static let longestQueue = 100
    static let timeout = Duration.seconds(10)
    /// A message that could not be delivered in this time is old news.
    static let longestAge = Duration.seconds(3600)
    private static let longestPause = Duration.seconds(300)
    private static let longestResponse = 64 << 10

    private struct Batch: Sendable {
        var notices: [Notice]
        var time: Timestamp
        var id: String
        var at: Duration
    }

    private enum Outcome {
        case delivered
        case refused(why: String)
        case again(after: Duration?, why: String)
    }

    /// The transport to one server.
    private struct Link {
        var server: ServerURL
        var transport: any HTTPTransport
    }

    private let target: NotifyTarget
    private let keyFile: String?
    private let place: NotifyMessage.Place
    private let world: World
    private let log: RequestLog
    private let say: @Sendable (String) -> Void
    private let count: @Sendable (NotifyTarget.Kind, Result) -> Void
    private let queue: AsyncStream<Batch>
    private let input: AsyncStream<Batch>.Continuation

    /// - Parameters:
    ///   - keyFile: with the key that signs; nil signs nothing.
    ///   - say: told once when delivering fails, and once when it works again.
    ///   - count: told the result for each message.
    init(
        _ target: NotifyTarget, keyFile: String? = nil, place: NotifyMessage.Place, world: World, verbosity: Int = 0,
        say: @escaping @Sendable (String) -> Void,
        count: @escaping @Sendable (NotifyTarget.Kind, Result) -> Void = { _, _ in }
    ) {
        self.target = target
        self.keyFile = keyFile
        self.place = place
        self.world = world
        self.say = say
        self.count = count
        log = RequestLog(level: verbosity) { world.console.err($0.safeForTerminal + "\n") }
        (queue, input) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.longestQueue))
    }

    /// Queues one message; returns at once.
    func send(_ notices: [Notice], at time: Timestamp) {
        let id =
            String(UInt64(world.time.random() * 0x1p53), radix: 16) + "-" + String(time.secondsSince1970, radix: 16)
        let batch = Batch(notices: notices, time: time, id: id, at: world.time.uptime())
        if case .dropped = input.yield(batch) { count(kind, .dropped) }
    }

    /// Ends the queue; ``run()`` returns once it is empty.
    func finish() {
        input.finish()
    }

    /// Delivers until ``finish()`` is called and the queue is empty, or until cancelled.
    func run() async {
        var link: Link?
        var isFailing = false
        for await batch in queue {
            await deliver(batch, &link, &isFailing)
        }
    }

    private var kind: NotifyTarget.Kind { (try? target.address(world.host))?.kind ?? .json }

    private func deliver(_ batch: Batch, _ link: inout Link?, _ isFailing: inout Bool) async {
        for attempt in 0... {
            let outcome = await attemptDelivery(of: batch, &link)
            if Task.isCancelled { return }
            let name = target.name(at: try? target.address(world.host))
            switch outcome {
            case .delivered:
                count(kind, .sent)
                if isFailing { say("\(name): notifications are delivered again") }
                isFailing = false
                return
            case .refused(let why):
                count(kind, .failed)
                if !isFailing { say("\(name): a notification was refused: \(why)") }
                isFailing = true
                return
            case .again(let wanted, let why):
                if !isFailing { say("\(name): a notification cannot be delivered: \(why); trying again") }
                isFailing = true
                let pause = max(wanted ?? .zero, Self.pause(attempt)) + Self.pause(attempt) * world.time.random()
                guard world.time.uptime() + pause - batch.at < Self.longestAge else {
                    count(kind, .failed)
                    return say("\(name): a notification is given up after \(attempt + 1) tries: \(why)")
                }
                do throws(CancellationError) { try await world.time.sleep(pause) } catch { return }
            }
        }
    }

    /// 1 s, doubled up to 5 minutes.
    private static func pause(_ attempt: Int) -> Duration {
        min(longestPause, .seconds(1 << min(attempt, 9)))
    }

    private func attemptDelivery(of batch: Batch, _ link: inout Link?) async -> Outcome {
        do {
            let address = try target.address(world.host)
            let request = try request(batch, to: address)
            let transport = try transport(to: address.server, &link)
            return await exchange(request, address, over: transport)
        } catch let problem as NotifyTarget.Problem {
            return .again(after: nil, why: problem.reason)
        } catch {
            return .again(after: nil, why: ErrorReport(error).message)
        }
    }

    private func exchange(
        _ request: HTTPRequest, _ address: NotifyTarget.Address, over transport: any HTTPTransport
    ) async -> Outcome {
        let start = world.time.uptime()
        let name = target.name(at: address)
        do throws(HTTPTransportError) {
            let response = try await transport.send(request)
            // Read so that the connection can be used again; what it says is of no interest, and may echo the URL.
            _ = try? await response.body.collect(upTo: Self.longestResponse)
            let milliseconds = Int64((world.time.uptime() - start) / .milliseconds(1))
            log.note(6, "POST to \(name): \(response.status) in \(milliseconds) ms")
            switch response.status {
            case 200..<300: return .delivered
            case 300..<400: return .refused(why: "status \(response.status): redirects are not followed")
            case 408, 425, 429, 500...:
                return .again(after: retryAfter(response), why: "status \(response.status)")
            default: return .refused(why: "status \(response.status)")
            }
        } catch {
            log.note(6, "POST to \(name) failed: \(error.kindOfFailure)")
            return .again(after: nil, why: error.kindOfFailure)
        }
    }

    /// Seconds or a date, by the receiver's own clock if it tells that.
    private func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let text = response.headers["Retry-After"] else { return nil }
        if let seconds = Int64(text), seconds >= 0 { return min(.seconds(seconds), Self.longestAge) }
        guard let date = HTTPDate.seconds(text) else { return nil }
        let now = response.headers["Date"].flatMap { HTTPDate.seconds($0) } ?? world.time.wallClock()
        return min(max(.zero, .seconds(date - now)), Self.longestAge)
    }

    private func request(
        _ batch: Batch, to address: NotifyTarget.Address
    ) throws(NotifyTarget.Problem) -> HTTPRequest {
        let message = NotifyMessage(place: place, notices: batch.notices, time: batch.time, id: batch.id)
        let body = message.body(for: address.kind)
        var headers: HTTPHeaders = [
            "Content-Type": "application/json", "User-Agent": BuildInfo.userAgent("notify"),
            "X-Rollout-Heal-Delivery": batch.id,
        ]
        if let keyFile, address.kind == .json {
            let key = try NotifyTarget.text(of: keyFile, world.host)
            let time = String(world.time.wallClock())
            let signed = Array("\(time).".utf8) + body
            headers.append("X-Rollout-Heal-Timestamp", time)
            headers.append(
                "X-Rollout-Heal-Signature",
                "sha256=" + Hexadecimal.text(SHA256.authenticationCode(signed, key: Array(key.utf8))))
        }
        return HTTPRequest(.post, address.url.exposed, headers: headers, body: body, timeout: Self.timeout)
    }

    private func transport(to server: ServerURL, _ link: inout Link?) throws(KubeConfigError) -> any HTTPTransport {
        if let link, link.server == server { return link.transport }
        let configuration = TransportConfiguration(
            systemRoots: SystemRoots.find(environment: world.host.variables),
            proxy: try world.host.proxy(for: server)?.exposed, connectTimeout: Self.timeout, maxConnections: 1)
        let transport = world.makeTransport(configuration)
        link = Link(server: server, transport: transport)
        return transport
    }
}

extension HTTPTransportError {
    /// In words of our own, because libcurl's might contain parts of the URL.
    fileprivate var kindOfFailure: String {
        switch self {
        case .connectionRefused: "connection refused"
        case .hostNotFound: "no such host"
        case .timedOut: "timed out"
        case .tls(let reason): "tls: \(reason)"
        case .connectionLost: "the connection was lost"
        case .proxy: "the proxy failed"
        case .bodyTooLarge, .other: "the response is not HTTP"
        case .invalidRequest, .invalidConfiguration: "the URL cannot be used"
        case .overtaken, .cancelled: "interrupted"
        }
    }
}
