import Glibc
import HTTPTransport
import KubeConfig
import Synchronization

@testable import KubeClient

extension Target {
    /// Any bytes as an API server's responses: each request ends with a response or an error with a message, and no
    /// write is sent more often than allowed. A patch is sent once, because it depends on an earlier read.
    static let answers = Target(name: "answers") { bytes in
        let server = RandomServer(bytes)
        let client = KubeClient.asking(
            server,
            time: TimeSource(
                wallClock: { 0 }, uptime: { .zero }, sleep: { _ throws(CancellationError) in }, random: { 0.5 }))
        let thread = OneThread()
        Task(executorPreference: thread) {
            await ask(client)
            server.end()
        }
        thread.run(until: { server.hasEnded })
        let sent = planted(server.count(.post), as: 12, where: server.count(.post) > 1)
        precondition(sent <= 11, "an object is sent more than 11 times")
        precondition(server.count(.patch) <= 1, "a patch is sent again")
        precondition(server.hasEnded, "a request without an end")
    }
}

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

private func ask(_ client: KubeClient) async {
    await attempt { () async throws(KubeError) in
        _ = try await client.create(things, namespace: "n", body: [], fieldManager: "m")
    }
    await attempt { () async throws(KubeError) in
        _ = try await client.patch(things, namespace: "n", name: "x", body: [], fieldManager: "m")
    }
    await attempt { () async throws(KubeError) in
        var objects = client.list(things, ListOptions(namespace: nil)).makeAsyncIterator()
        while try await objects.next() != nil {}
    }
    await attempt { () async throws(KubeError) in
        var events = try await client.watch(
            things, WatchOptions(namespace: nil, resourceVersion: "1", timeout: .seconds(1), stallTimeout: .seconds(1)))
        while try await events.next() != nil {}
        _ = client.clock.now
    }
}

private func attempt(_ work: () async throws(KubeError) -> Void) async {
    do throws(KubeError) {
        try await work()
    } catch {
        precondition(!error.message.isEmpty, "an error without words")
    }
}

/// Runs tasks on the calling thread, so that an input always takes the same path.
final class OneThread: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    /// Runs until no job is left and `isOver` holds: a list requests its next page in a task on another thread.
    func run(until isOver: () -> Bool = { true }) {
        var pauses = 0
        while true {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                unsafe job.runSynchronously(on: asUnownedTaskExecutor())
            }
            guard !isOver(), pauses < 100_000 else { return }
            usleep(50)
            pauses += 1
        }
    }
}

/// Answers with the given responses: a status, header fields, an empty line, and a body ended by a NUL, all on separate
/// lines.
private final class RandomServer: HTTPTransport {
    private let rest: Mutex<ArraySlice<[UInt8]>>
    private let methods = Mutex<[HTTPRequest.Method]>([])
    private let isOver = Mutex(false)

    init(_ bytes: [UInt8]) {
        rest = Mutex(bytes.split(separator: 0).map(Array.init)[...])
    }

    var hasEnded: Bool { isOver.withLock { $0 } }

    func end() { isOver.withLock { $0 = true } }

    func count(_ method: HTTPRequest.Method) -> Int { methods.withLock { $0.count { $0 == method } } }

    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        methods.withLock { $0.append(request.method) }
        guard let answer = rest.withLock({ $0.popFirst() }) else { throw .connectionRefused(host: "h", port: 1) }
        let parts = answer.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        var headers = HTTPHeaders()
        for line in parts.dropFirst().prefix(while: { !$0.isEmpty }) {
            let words = line.split(separator: UInt8(ascii: ":"), maxSplits: 1).map {
                String(decoding: $0, as: UTF8.self)
            }
            if words.count == 2 { headers.append(words[0], words[1]) }
        }
        let status = parts.first.flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 200
        let body = parts.dropFirst().drop { !$0.isEmpty }.dropFirst().joined(separator: [UInt8(ascii: "\n")])
        let pieces = Mutex(cut(Array(body))[...])
        return HTTPResponse(
            status: status, headers: headers,
            body: HTTPBody { () async throws(HTTPTransportError) in
                pieces.withLock { $0.popFirst() }
            })
    }
}
