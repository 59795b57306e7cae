import HTTPTransport
import Testing

/// Tests with real sockets on loopback, one at a time, because latencies and open files are measured.
@Suite(.serialized, .timeLimit(.minutes(2)))
enum CurlTransportTests {
    /// Returns the duration of `work` and its result or error.
    static func timed<Result>(
        _ work: () async throws(HTTPTransportError) -> Result
    ) async -> (duration: Duration, outcome: Swift.Result<Result, HTTPTransportError>) {
        let start = ContinuousClock.now
        do throws(HTTPTransportError) {
            let result = try await work()
            return (start.duration(to: .now), .success(result))
        } catch {
            return (start.duration(to: .now), .failure(error))
        }
    }

    /// RFC 1035 2.3.4: a label has at most 63 characters, so resolvers reject this name without a network request.
    static let unresolvableHost = String(repeating: "x", count: 64) + ".invalid"

    /// Waits until `condition` holds, for at most `limit`.
    static func eventually(within limit: Duration = .seconds(3), _ condition: () -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + limit
        while !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(5))
        }
        return true
    }
}

extension Result {
    var failure: Failure? {
        if case .failure(let error) = self { error } else { nil }
    }
}

extension HTTPBody {
    var text: String {
        get async throws(HTTPTransportError) { String(decoding: try await collect(upTo: 1 << 20), as: UTF8.self) }
    }
}
