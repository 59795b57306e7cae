import Formats
import HTTPTransport
import KubeConfig
import Synchronization

@testable import KubeClient

extension Target {
    /// Two lines as `Retry-After` and `Date` of refusals: no pause exceeds a minute, retries end, and the time written
    /// to the cluster is valid.
    static let clock = Target(name: "clock") { bytes in
        let lines = bytes.split(separator: UInt8(ascii: "\n"), maxSplits: 1, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        let server = BusyServer(retryAfter: lines[0], date: lines.count > 1 ? lines[1] : "")
        let uptime = Mutex(Duration.zero)
        let longest = Mutex(Duration.zero)
        let client = KubeClient.asking(
            server,
            time: TimeSource(
                wallClock: { 1_772_366_400 }, uptime: { uptime.withLock { $0 } },
                sleep: { pause throws(CancellationError) in
                    uptime.withLock { $0 += pause }
                    longest.withLock { $0 = max($0, pause) }
                }, random: { 0.5 }))
        let thread = OneThread()
        Task(executorPreference: thread) {
            _ = try? await client.get(
                APIResource(group: "example.test", version: "v1", plural: "things"), namespace: "n", name: "x")
        }
        thread.run()
        let pause = longest.withLock { $0 }
        precondition(
            planted(pause, as: .seconds(3600), where: pause > .seconds(41)) <= .seconds(61), "a pause without end")
        precondition(server.count <= 11, "the same is asked for ever")
        precondition(
            (-62_135_596_800...253_402_400_000).contains(client.clock.now.secondsSince1970),
            "a moment past all calendars")
    }
}

/// A server that always responds that it is busy.
private final class BusyServer: HTTPTransport {
    private let retryAfter: String
    private let date: String
    private let asked = Mutex(0)

    init(retryAfter: String, date: String) {
        self.retryAfter = retryAfter
        self.date = date
    }

    var count: Int { asked.withLock { $0 } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        asked.withLock { $0 += 1 }
        return HTTPResponse(
            status: count % 2 == 0 ? 503 : 429,
            headers: ["Retry-After": retryAfter, "Date": date],
            body: HTTPBody { () async throws(HTTPTransportError) in nil })
    }
}
