internal import FoundationEssentials
package import HTTPTransport
package import KubeConfig

/// A client for the API server of one cluster as one user; it handles requests and resources, not particular kinds.
package struct KubeClient: Sendable {
    package private(set) var connection: ClusterConnection
    /// The API server's time, from its latest response.
    package let clock: ServerClock
    let time: TimeSource
    private let transports: TransportSource
    private let authenticator: Authenticator
    private let userAgent: String
    /// Receives each text of a `Warning` header.
    private let warn: @Sendable (String) -> Void
    private var log: RequestLog
    /// Nil for no limit.
    private var limiter: RequestLimiter?
    /// A turn of the limiter that the next request need not wait for.
    private var turn: RequestLimiter.Turn?

    /// client-go `rest/with_retry.go`.
    private(set) var maxRetries = 10
    private static let largestError = 1 << 20
    /// Bytes within ``Call/stallTimeout`` below which a response counts as stalled: about 45 bytes a second.
    private static let fewestBytes = 4 << 10

    /// - Parameter makeTransport: creates a transport; called again whenever a plugin returns another certificate.
    package init(
        connection: ClusterConnection,
        makeTransport: @escaping @Sendable (TransportConfiguration) -> any HTTPTransport,
        environment: HostEnvironment, time: TimeSource, userAgent: String,
        plugins: PluginHost = .process(isInputTerminal: false), log: RequestLog = .silent,
        limiter: RequestLimiter? = nil, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.connection = connection
        self.time = time
        self.userAgent = userAgent
        self.log = log
        self.limiter = limiter
        self.warn = warn
        transports = TransportSource(
            TransportConfiguration(connection, environment.variables), make: makeTransport)
        clock = ServerClock(time)
        authenticator = Authenticator(
            connection, plugins: plugins, environment: environment, time: time, log: log)
    }

    /// Creates a client with a single transport, whatever the client certificate.
    package init(
        connection: ClusterConnection, transport: any HTTPTransport, environment: HostEnvironment, time: TimeSource,
        userAgent: String, limiter: RequestLimiter? = nil, warn: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.init(
            connection: connection, makeTransport: { _ in transport }, environment: environment, time: time,
            userAgent: userAgent, limiter: limiter, warn: warn)
    }

    /// The time limit for one request with all its retries; nil for no limit.
    package var requestTimeout: Duration? { connection.requestTimeout }

    /// Returns the uptime once a credential is ready: a response requested from now on is no older.
    package func readyAt() async -> Duration {
        _ = try? await authenticator.requestCredential()  // an error is the next request's
        return time.uptime()
    }

    /// Waits for a turn of the limiter, then for a credential.
    ///
    /// - Returns: a client whose first request has that turn, and the uptime: the response is no older.
    /// - Throws: ``KubeError/cancelled``.
    package func inTurn() async throws(KubeError) -> (client: KubeClient, readyAt: Duration) {
        try await takeTurn(until: nil)
        var client = self
        client.turn = RequestLimiter.Turn()
        return (client, await readyAt())
    }

    /// The same client without a limiter, for requests that must not wait behind others.
    package var unlimited: KubeClient {
        var client = self
        client.limiter = nil
        return client
    }

    /// The same client for requests that may well be answered with `status`: such an answer is not measured.
    package func expecting(_ status: Int) -> KubeClient {
        var client = self
        client.log.measure = { [measure = log.measure] method, code, duration in
            if code != status { measure(method, code, duration) }
        }
        return client
    }

    /// The same client for requests that are useless when late: `timeout` limits each, and none is retried.
    package func promptly(_ timeout: Duration) -> KubeClient {
        var client = self
        client.connection.requestTimeout = min(timeout, connection.requestTimeout ?? timeout)
        client.maxRetries = 0
        return client
    }

    /// Sends `call`, with retries, and returns the first 2xx response with its body unread.
    ///
    /// `--request-timeout` bounds all tries and the pauses between them, as in client-go.
    ///
    /// The server answers 401 before it acts, so any request with a plugin's credential is resent once with a new one.
    /// The plugin may take long, so ``Call/isStillWanted`` is asked again first.
    ///
    /// - Throws: ``KubeError/status(_:)`` for any other response; ``KubeError/transport(_:server:)`` without one.
    func send(_ call: Call) async throws(KubeError) -> HTTPResponse {
        var retries = 0
        var hasReplacedCredential = false
        let longest = call.isWatch ? call.longest : connection.requestTimeout
        let end = longest.map { time.uptime() + $0 }
        while true {
            if !call.isWatch { try await takeTurn(until: end) }
            let credential = try await authenticator.requestCredential()
            guard call.isStillWanted() else { throw .overtaken }
            let request = request(for: call, credential.authorization, until: end)
            let response: HTTPResponse
            do throws(HTTPTransportError) {
                response = try await exchange(request, credential, isStream: call.isOnStreams)
            } catch {
                // The caller of a watch handles its failure and has its own backoff.
                let delay = Duration.seconds(1 + time.random())
                guard case .connectionLost = error, call.method == .get, !call.isWatch, retries < maxRetries,
                    isTime(for: delay, until: end)
                else { throw credential.fault(error) ?? wrapped(error) }
                retries += 1
                try await pause(delay, before: request)
                continue
            }
            for header in response.headers.all("Warning") { WarningHeader.texts(in: header).forEach(warn) }
            if (200..<300).contains(response.status) {
                // Refusals are left out: they may come from a proxy with another clock.
                clock.observe(date: response.headers["Date"])
                return response
            }
            if response.status == 401, !hasReplacedCredential, await authenticator.canReplace(credential) {
                hasReplacedCredential = true
                log.retry(request, after: .zero)
                continue
            }
            if retries < maxRetries, let delay = retryDelay(call, response), isTime(for: delay, until: end) {
                retries += 1
                try await pause(delay, before: request)
                continue
            }
            throw try await refusal(of: call, response, hiding: credential)
        }
    }

    private func exchange(
        _ request: HTTPRequest, _ credential: RequestCredential, isStream: Bool
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let start = time.uptime()
        do throws(HTTPTransportError) {
            var response = try await transports.transport(presenting: credential.identity, isStream: isStream)
                .send(request)
            response.headers = credential.hidden(in: response.headers)
            return log.answered(request, response, start: start, uptime: time.uptime)
        } catch {
            log.failed(request, error, in: time.uptime() - start)
            throw error
        }
    }

    private func takeTurn(until end: Duration?) async throws(KubeError) {
        guard let limiter, turn?.take() != true else { return }
        let wait = limiter.reserve(at: time.uptime())
        guard wait > .zero else { return }
        do throws(KubeError) {
            guard isTime(for: wait, until: end) else { throw wrapped(.timedOut(during: "waiting for --qps")) }
            try await pause(wait)
        } catch {
            limiter.giveBack()
            throw error
        }
    }

    private func isTime(for delay: Duration, until end: Duration?) -> Bool {
        end.map { time.uptime() + delay < $0 } ?? true
    }

    private func request(
        for call: Call, _ authorization: Secret<String>?, until end: Duration?
    ) -> HTTPRequest {
        var headers: HTTPHeaders = ["Accept": "application/json", "User-Agent": userAgent]
        if let authorization { headers.append("Authorization", authorization.exposed) }
        for (name, value) in connection.impersonation?.headers ?? [] { headers.append(name, value) }
        if let contentType = call.contentType { headers.append("Content-Type", contentType) }
        var query = call.query
        if !call.isWatch, let timeout = connection.requestTimeout { query["timeout"] = timeout.inGo }
        let encodedQuery = query.isEmpty ? "" : "?" + PercentEncoding.query(query)
        return HTTPRequest(
            call.method, connection.server.description + call.path + encodedQuery, headers: headers, body: call.body,
            timeout: end.map { max($0 - time.uptime(), .milliseconds(1)) }, stallTimeout: call.stallTimeout,
            stallBytes: call.isWatch ? 1 : Self.fewestBytes, mayBeginSilent: call.mayBeginSilent,
            acceptsGzip: !connection.disablesCompression && !call.isWatch,
            isStillWanted: { call.isStillWanted() && call.begins() })
    }

    /// Returns the delay before the same request is resent, or nil if it must not be.
    ///
    /// A patch depends on what was read before it: after a 429, its caller has to read again.
    private func retryDelay(_ call: Call, _ response: HTTPResponse) -> Duration? {
        let isRefusedBeforeActing = response.status == 429 && call.method != .patch
        guard isRefusedBeforeActing || (response.status >= 500 && call.method == .get) else { return nil }
        if response.status == 504, call.needsVersion { return nil }
        guard let asked = retryAfter(response), asked <= APIStatus.longestRetryAfter else { return nil }
        return asked + .seconds(time.random() * 0.2)
    }

    private func retryAfter(_ response: HTTPResponse) -> Duration? {
        guard let seconds = response.headers["Retry-After"].flatMap({ Int32($0) }), seconds >= 0 else { return nil }
        return .seconds(seconds)
    }

    private func refusal(
        of call: Call, _ response: HTTPResponse, hiding credential: RequestCredential
    ) async throws(KubeError) -> KubeError {
        let body = credential.hidden(in: try await read(response.body, upTo: Self.largestError))
        if response.status == 404, body.starts(with: Array("404 page not found".utf8)) {
            return .notServed(call.resource)
        }
        var status = APIStatus(code: response.status, body: body, isText: response.isText, request: call.description)
        if response.status == 429 || response.status >= 500 {
            status.askedPause = retryAfter(response) ?? status.askedPause
        }
        return .status(status)
    }

    func read(_ body: HTTPBody, upTo limit: Int) async throws(KubeError) -> [UInt8] {
        do throws(HTTPTransportError) {
            return try await body.collect(upTo: limit)
        } catch {
            throw wrapped(error)
        }
    }

    func wrapped(_ error: HTTPTransportError) -> KubeError {
        if error == .cancelled { return .cancelled }
        if error == .overtaken { return .overtaken }
        let port = connection.server.port ?? (connection.server.scheme == "https" ? 443 : 80)
        let host = connection.server.host
        return .transport(error, server: (host.contains(":") ? "[\(host)]" : host) + ":\(port)")
    }

    private func pause(_ duration: Duration, before request: HTTPRequest) async throws(KubeError) {
        log.retry(request, after: duration)
        try await pause(duration)
    }

    func pause(_ duration: Duration) async throws(KubeError) {
        do throws(CancellationError) {
            try await time.sleep(duration)
        } catch {
            throw .cancelled
        }
    }
}

/// One request without server, credential and timeout.
struct Call: Sendable, CustomStringConvertible {
    var method: HTTPRequest.Method
    var path: String
    var resource: APIResource
    var name: String?
    var query: [String: String] = [:]
    var body: [UInt8]?
    var contentType: String?
    /// Whether the response is a stream that lasts until the server ends it.
    var isWatch = false
    /// Whether the server may have nothing to say for as long as the stream lasts.
    var mayBeginSilent = false
    /// Whether the transport for streams sends it.
    var isOnStreams = false
    /// Whether a server that is behind the requested version answers 504: asking again for it would not help.
    var needsVersion = false
    /// Called when the credential is ready, and right before the body is sent.
    var isStillWanted: @Sendable () -> Bool = { true }
    /// Called after it right before the body is sent.
    var begins: @Sendable () -> Bool = { true }
    /// The time after which a watch is aborted.
    var longest: Duration?
    /// The silence after which the request is aborted; the server's own limit for a response is 60 s.
    var stallTimeout = Duration.seconds(90)

    init(_ method: HTTPRequest.Method, path: String, of resource: APIResource, name: String? = nil) {
        self.method = method
        self.path = path
        self.resource = resource
        self.name = name
    }

    /// The request as client-go names it in errors: `get replicasets.apps web`.
    var description: String {
        [method.rawValue.lowercased(), resource.qualifiedName, name].compactMap { $0 }.joined(separator: " ")
    }
}

extension HTTPResponse {
    var shownContentType: String {
        headers["Content-Type"].map { String($0.prefix { $0 != ";" }) } ?? "of no type"
    }

    fileprivate var isText: Bool { headers["Content-Type"]?.hasPrefix("text/") ?? false }
}

extension Duration {
    /// Go's notation in whole seconds or milliseconds: `10s`, `1500ms`.
    fileprivate var inGo: String {
        let (seconds, attoseconds) = components
        return attoseconds == 0 ? "\(seconds)s" : "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000)ms"
    }
}

extension UInt8 {
    var isJSONSpace: Bool { self == 0x20 || self == 0x0A || self == 0x0D || self == 0x09 }
}
