package import HTTPTransport
internal import Synchronization

/// Logs requests for `-v`. It never shows a body or the value of a credential.
package struct RequestLog: Sendable {
    /// kubectl's levels: 6 requests and outcomes, 7 request headers, 8 response headers, 9 sizes and retries.
    package var level: Int
    private let write: @Sendable (String) -> Void
    /// Called at every level with each response's status, or nil without one, and the duration.
    package var measure: @Sendable (HTTPRequest.Method, Int?, Duration) -> Void = { _, _, _ in }

    package static let silent = RequestLog(level: 0) { _ in }

    /// - Parameter write: receives a line without its newline.
    package init(level: Int, write: @escaping @Sendable (String) -> Void) {
        self.level = level
        self.write = write
    }

    /// Writes a line at `level` and above.
    package func note(_ level: Int, _ line: @autoclosure () -> String) {
        if self.level >= level { write(line()) }
    }

    /// Logs the response and returns it; at level 9, its body logs its size and end.
    func answered(
        _ request: HTTPRequest, _ response: HTTPResponse, start: Duration, uptime: @escaping @Sendable () -> Duration
    ) -> HTTPResponse {
        measure(request.method, response.status, uptime() - start)
        guard level >= 6 else { return response }
        sent(request, "\(response.status) in \((uptime() - start).inMilliseconds)")
        if level >= 8 { write(headers: response.headers, title: "Response headers:") }
        guard level >= 9 else { return response }
        var response = response
        response.body = measured(response.body, of: request, start, uptime)
        return response
    }

    func failed(_ request: HTTPRequest, _ error: HTTPTransportError, in duration: Duration) {
        measure(request.method, nil, duration)
        guard level >= 6 else { return }
        sent(request, "failed in \(duration.inMilliseconds): \(error.cause)")
    }

    func retry(_ request: HTTPRequest, after delay: Duration) {
        note(9, "\(request.shownLine) is sent again after \(delay.inMilliseconds)")
    }

    func plugin(_ command: String, exitCode: Int32, took duration: Duration) {
        note(6, "Credential plugin \(command) exited with \(exitCode) in \(duration.inMilliseconds)")
    }

    private func sent(_ request: HTTPRequest, _ outcome: String) {
        write("\(request.shownLine) \(outcome)")
        if level >= 7 { write(headers: request.headers, title: "Request headers:") }
        if let body = request.body { note(9, "Request body: \(body.count) bytes") }
    }

    private func write(headers: HTTPHeaders, title: String) {
        write(title)
        for field in headers.fields { write("    \(field.name): \(field.shownValue)") }
    }

    private func measured(
        _ body: HTTPBody, of request: HTTPRequest, _ start: Duration, _ uptime: @escaping @Sendable () -> Duration
    ) -> HTTPBody {
        let size = Mutex(0)
        return HTTPBody { () async throws(HTTPTransportError) in
            var iterator = body.makeAsyncIterator()
            do throws(HTTPTransportError) {
                if let piece = try await iterator.next() {
                    size.withLock { $0 += piece.count }
                    return piece
                }
                write(
                    "\(request.shownLine) body: \(size.withLock { $0 }) bytes in \((uptime() - start).inMilliseconds)")
                return nil
            } catch {
                write("\(request.shownLine) body broke after \(size.withLock { $0 }) bytes: \(error.cause)")
                throw error
            }
        }
    }
}

extension HTTPRequest {
    fileprivate var shownLine: String { "\(method.rawValue) \(url)" }
}

extension HTTPHeaders.Field {
    /// The value, masked if it must not appear on a screen or in a bug report.
    fileprivate var shownValue: String {
        switch name.lowercased() {
        case "authorization", "proxy-authorization":
            for scheme in ["Bearer", "Basic"] where value.hasPrefix("\(scheme) ") { return "\(scheme) <masked>" }
            return "<masked>"
        case "cookie", "set-cookie": return "<masked>"
        case let name where name.hasPrefix("impersonate-extra-"): return "<masked>"
        default: return value
        }
    }
}

extension Duration {
    fileprivate var inMilliseconds: String {
        let (seconds, attoseconds) = components
        return "\(seconds * 1000 + attoseconds / 1_000_000_000_000_000) ms"
    }
}
