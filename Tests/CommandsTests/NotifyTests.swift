import Documents
import Formats
import HTTPTransport
import KubeClient
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import Commands

private let secret = "T00/B11/s3cr3t"

@Suite struct NotifyTargetTests {
    private func host(_ files: [String: String]) -> HostEnvironment {
        HostEnvironment(variables: [:], workingDirectory: "/work") { path throws(HostEnvironment.FileError) in
            guard let text = files[path] else { throw .init(isMissing: true, reason: "no such file or directory") }
            return Array(text.utf8)
        }
    }

    @Test(arguments: [
        ("https://h/\(secret)", NotifyTarget.Kind.json, "https://h/\(secret)", "h"),
        (
            "slack:https://hooks.slack.com/\(secret)?a=b", .slack, "https://hooks.slack.com/\(secret)?a=b",
            "hooks.slack.com"
        ),
        ("@url", .json, "https://f/\(secret)", "f"), ("slack:@/work/url", .slack, "https://f/\(secret)", "f"),
        ("@slack", .slack, "http://s:8080/\(secret)", "s"),
    ])
    func forms(text: String, kind: NotifyTarget.Kind, url: String, host name: String) throws {
        let host = host(["/work/url": "\n https://f/\(secret)\n", "/work/slack": "slack:http://s:8080/\(secret)"])
        let target = try NotifyTarget(text, number: 1)
        let address = try target.address(host)
        #expect(address.kind == kind && address.url.exposed == url && address.server.host == name)
        #expect(target.name(at: address) == "notification target 1 (\(kind.rawValue), \(name))")
        #expect(!"\(target) \(address)".contains(secret))
    }

    @Test(arguments: [
        "", "@", "slack:", "hooks.slack.com/\(secret)", "ftp://h/\(secret)", "https://u:p@h/\(secret)",
        "https://h/\(secret) x", "https://h/\(secret)\n", "https:///\(secret)",
    ])
    func whatIsNoTargetIsRefusedWithoutItsText(text: String) async {
        let error = #expect(throws: NotifyTarget.Problem.self) { try NotifyTarget(text, number: 1) }
        #expect(error.map { !$0.reason.contains("s3cr3t") && !$0.reason.isEmpty } ?? false)
        let run = await Stage().run(words: ["watch", "--notify", text])
        #expect(run.status == 2 && run.err.hasPrefix("error: invalid value 1 for --notify: "), "\(run.err)")
        #expect(!run.err.contains("s3cr3t"))
    }

    @Test(arguments: ["", " \n", "https://h/\(secret) and more", "no URL \(secret)", "\(secret)"])
    func aFileWithoutAURLSaysSo(text: String) throws {
        let target = try NotifyTarget("@url", number: 2)
        let error = #expect(throws: NotifyTarget.Problem.self) { try target.address(host(["/work/url": text])) }
        #expect(error.map { $0.reason.contains("file url") && !$0.reason.contains("s3cr3t") } ?? false)
    }

    @Test func theFileMustExistAtTheStart() async {
        for line in ["watch --notify @missing", "heal --notify slack:@missing"] {
            let run = await Stage().run(line)
            #expect(run.status == 1, "\(run.err)")
            #expect(run.err.contains("notification target 1") && run.err.contains("file missing cannot be read"))
        }
        let run = await Stage().run("watch --notify-key-file k")
        #expect(run.status == 2 && run.err.contains("--notify-key-file requires --notify"))
    }

    /// Only http to another machine is worth a warning.
    @Test(arguments: [
        ("http://h/x", true), ("https://h/x", false), ("http://127.0.0.1:8/x", false), ("http://localhost/x", false),
    ])
    func plainHTTPIsKnown(url: String, isPlain: Bool) throws {
        #expect(try NotifyTarget(url, number: 1).address(host([:])).isPlain == isPlain)
    }
}

@Suite struct NotifyMessageTests {
    private let now = Timestamp(rfc3339: "2026-03-01T12:00:00Z") ?? Timestamp(secondsSince1970: 0)

    private func message(_ notices: [Notice], cluster: String = "prod", context: String? = nil) -> NotifyMessage {
        NotifyMessage(place: .init(cluster: cluster, context: context), notices: notices, time: now, id: "1-2")
    }

    private func notice(_ name: String = "web", _ message: String = "only 2 of 5 pods are available") -> Notice {
        Notice(
            .found, RolloutID(namespace: "shop", name: name), diagnosis: .unavailable,
            since: now.advanced(by: .seconds(-720)), message: message)
    }

    @Test func theTextSaysWhatWhereSinceWhenAndWhatToDo() {
        let healed = Notice(
            .recovered, RolloutID(namespace: "shop", name: "api"), diagnosis: .stale,
            message: "Healthy 0.3 s after the refresh",
            recovery: .init(by: .refresh, duration: .milliseconds(300), evicted: 0))
        #expect(
            message([notice(), healed], context: "prod-eu").slackText == """
                *rollout-heal* on prod: 1 in trouble, 1 recovered
                *FOUND* shop/web unavailable since 2026-03-01 11:48 UTC (12m): only 2 of 5 pods are available; \
                `kubectl rollout-heal explain web -n shop --context prod-eu`
                *RECOVERED* shop/api: Healthy 0.3 s after the refresh
                """)
    }

    /// Nobody can mention a channel, or break the line, through a message of the cluster.
    @Test func whatTheClusterSaysIsEscaped() {
        let text = message([notice("web", "<!channel> a & b\n<https://evil|x>\u{1B}[2K")], cluster: "<c>").slackText
        #expect(text.contains("&lt;!channel&gt; a &amp; b") && text.contains("&lt;c&gt;"))
        #expect(!text.contains("<") && !text.contains("\u{1B}") && text.split(separator: "\n").count == 2, "\(text)")
    }

    @Test func longMessagesAreCut() {
        let text = message((0..<500).map { notice("web-\($0)", String(repeating: "x", count: 5000)) }).slackText
        #expect(text.split(separator: "\n").count == NotifyMessage.mostLines + 2)
        #expect(text.hasSuffix("and 480 more: `kubectl rollout-heal list -A`") && text.utf8.count < 10_000)
    }

    @Test func jsonHasEveryField() throws {
        let body = String(decoding: message([notice()]).body(for: .json), as: UTF8.self)
        #expect(
            body == """
                {"apiVersion":"rollout-heal/v1","kind":"Notification","id":"1-2","time":"2026-03-01T12:00:00Z",\
                "cluster":"prod","omitted":0,"items":[{"type":"FOUND","namespace":"shop","name":"web",\
                "diagnosis":"unavailable","since":"2026-03-01T11:48:00Z","message":"only 2 of 5 pods are available",\
                "by":null,"seconds":null,"evicted":null,"command":"kubectl rollout-heal explain web -n shop"}]}
                """)
        let many = String(
            decoding: message((0..<150).map { notice("web-\($0)") }).body(for: .json), as: UTF8.self)
        #expect(many.contains("\"omitted\":50,"))
        let slack = String(decoding: message([notice()]).body(for: .slack), as: UTF8.self)
        #expect(slack.hasPrefix("{\"text\":\"*rollout"))
    }
}

/// The sender against a real HTTP server on loopback.
@Suite struct NotifySenderTests {
    /// A receiver that answers as scripted, and what the sender says and counts.
    private final class Scene: Sendable {
        typealias Answer = @Sendable (LoopbackConnection, Int) throws -> Void

        let server: LoopbackServer
        let time: ManualTime
        let said = Mutex<[String]>([])
        let results = Mutex<[NotifySender.Result]>([])
        private let world: World

        init(_ answer: @escaping Answer) throws {
            let received = Mutex<Int>(0)
            let sink = Sink()
            server = try LoopbackServer { connection in
                while let request = try connection.readRequest() {
                    sink.add(request)
                    let number = received.withLock { number in
                        number += 1
                        return number
                    }
                    try answer(connection, number)
                }
            }
            self.sink = sink
            time = ManualTime()
            let printed = Printed()
            self.printed = printed
            let console = Console(
                out: { printed.add($0) }, err: { printed.add($0) }, readLine: { nil },
                readInput: { () throws(Console.InputError) in nil }, isInputTerminal: false, isOutputTerminal: false,
                isErrorTerminal: false, size: { .init(columns: 80, rows: 24) })
            let files = Sheets()
            sheets = files
            let host = HostEnvironment(variables: ["HTTP_PROXY": "http://127.0.0.1:1"], workingDirectory: "/") {
                path throws(HostEnvironment.FileError) in
                guard let text = files.text(of: path) else { throw .init(isMissing: true, reason: "no such file") }
                return Array(text.utf8)
            }
            world = World(
                host: host, time: time.source, console: console, makeTransport: { CurlTransport($0) },
                writeIfPresent: { _, _ in })
        }

        let sink: Sink
        let printed: Printed
        let sheets: Sheets

        func sender(_ text: String, keyFile: String? = nil) throws -> NotifySender {
            NotifySender(
                try NotifyTarget(text, number: 1), keyFile: keyFile, place: .init(cluster: "c", context: nil),
                world: world, verbosity: 9, say: { [self] text in said.withLock { $0.append(text) } },
                count: { [self] _, result in results.withLock { $0.append(result) } })
        }

        var url: String { "\(server.url)/\(secret)" }
        /// Everything that anybody could read.
        var all: String { printed.text + said.withLock { $0.joined(separator: "\n") } }
    }

    final class Sink: Sendable {
        private let requests = Mutex<[LoopbackConnection.Request]>([])
        var all: [LoopbackConnection.Request] { requests.withLock { $0 } }
        func add(_ request: LoopbackConnection.Request) { requests.withLock { $0.append(request) } }
    }

    final class Printed: Sendable {
        private let buffer = Mutex("")
        var text: String { buffer.withLock { $0 } }
        func add(_ text: String) { buffer.withLock { $0 += text } }
    }

    final class Sheets: Sendable {
        private let files = Mutex<[String: String]>([:])
        func text(of path: String) -> String? { files.withLock { $0[path] } }
        func write(_ text: String, to path: String) { files.withLock { $0[path] = text } }
    }

    private let notice = Notice(.gaveUp, RolloutID(namespace: "shop", name: "web"), message: "m")
    private let now = Timestamp(secondsSince1970: ObjectFixture.now)

    private func deliver(_ sender: NotifySender, count: Int = 1) async {
        for _ in 0..<count { sender.send([notice], at: now) }
        sender.finish()
        await sender.run()
    }

    @Test(.timeLimit(.minutes(1))) func jsonIsSignedAndSlackIsNot() async throws {
        let scene = try Scene { connection, _ in try connection.respond("ok") }
        scene.sheets.write("k3y\n", to: "/key")
        await deliver(try scene.sender(scene.url, keyFile: "/key"))
        await deliver(try scene.sender("slack:\(scene.url)", keyFile: "/key"))
        let requests = scene.sink.all
        try #require(requests.count == 2)
        #expect(requests.allSatisfy { $0.line == "POST /\(secret) HTTP/1.1" })
        #expect(requests.allSatisfy { $0["Content-Type"] == "application/json" })
        let time = try #require(requests[0]["X-Rollout-Heal-Timestamp"])
        let code = SHA256.authenticationCode(Array("\(time).".utf8) + requests[0].body, key: Array("k3y".utf8))
        #expect(requests[0]["X-Rollout-Heal-Signature"] == "sha256=\(Hexadecimal.text(code))")
        #expect(time == String(ObjectFixture.now))
        #expect(requests[1]["X-Rollout-Heal-Signature"] == nil)
        #expect(scene.results.withLock { $0 } == [.sent, .sent] && scene.said.withLock(\.isEmpty))
        #expect(scene.printed.text.contains("POST to notification target 1 (json, 127.0.0.1): 200 in"))
        #expect(!scene.all.contains("s3cr3t"), "\(scene.all)")
    }

    /// Each answer that a retry may mend, and what the next one is waited for.
    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            ("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 1), ("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n", 1),
            ("HTTP/1.1 429 No\r\nRetry-After: 47\r\nContent-Length: 0\r\n\r\n", 47),
            (
                "HTTP/1.1 429 No\r\nDate: Sun, 01 Mar 2026 12:00:00 GMT\r\nRetry-After: Sun, 01 Mar 2026 12:00:33 GMT\r\n"
                    + "Content-Length: 0\r\n\r\n", 33
            ),
            ("SSH-2.0-garbage \(secret)\r\n", 1), ("", 1),
        ])
    func aFailureIsRetried(answer: String, pause: Int) async throws {
        let scene = try Scene { connection, number in
            if number > 2 { return try connection.respond(secret) }
            try connection.write(answer)
            if answer.isEmpty || answer.hasPrefix("SSH") { throw CancellationError() }
        }
        await deliver(try scene.sender(scene.url))
        #expect(scene.results.withLock { $0 } == [.sent])
        #expect(scene.sink.all.count == 3)
        #expect(Set(scene.sink.all.map { $0["X-Rollout-Heal-Delivery"] ?? "" }).count == 1)
        #expect(scene.time.sleeps == [.seconds(pause), .seconds(max(2, pause))])
        let said = scene.said.withLock { $0 }
        #expect(said.count == 2 && said[0].contains("trying again") && said[1].contains("delivered again"), "\(said)")
        #expect(!scene.all.contains("s3cr3t"), "\(scene.all)")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [400, 403, 404, 410, 302])
    func aRefusalIsNotRetried(status: Int) async throws {
        let scene = try Scene { connection, _ in
            try connection.respond(secret, status: status, headers: ["Location: http://127.0.0.1:1/\(secret)"])
        }
        await deliver(try scene.sender(scene.url), count: 3)
        #expect(scene.results.withLock { $0 } == [.failed, .failed, .failed] && scene.time.sleeps.isEmpty)
        #expect(scene.said.withLock { $0 }.count == 1, "\(scene.all)")
        #expect(!scene.all.contains("s3cr3t"))
    }

    @Test(.timeLimit(.minutes(1))) func aReceiverThatIsDownIsGivenUpAfterAnHour() async throws {
        let scene = try Scene { _, _ in }
        let closed = try LoopbackServer { _ in }
        let url = "\(closed.url)/\(secret)"
        withExtendedLifetime(closed) {}
        let sender = try scene.sender(url.replacingPort(with: 1))
        await deliver(sender)
        let slept = scene.time.sleeps.reduce(.zero, +)
        #expect(slept < .seconds(3600) && slept > .seconds(3000))
        #expect(scene.time.sleeps.max() == .seconds(300) && scene.results.withLock { $0 } == [.failed])
        #expect(scene.said.withLock { $0 }.count == 2 && !scene.all.contains("s3cr3t"), "\(scene.all)")
    }

    /// Whoever hands messages over never waits; the oldest are dropped.
    @Test(.timeLimit(.minutes(1))) func aSlowReceiverHoldsNobodyUp() async throws {
        let scene = try Scene { connection, _ in
            connection.pause(.seconds(1))
            try connection.respond()
        }
        let sender = try scene.sender(scene.url)
        let work = Task { await sender.run() }
        let start = ContinuousClock.now
        for number in 0..<500 {
            sender.send([Notice(.found, RolloutID(namespace: "s", name: "n\(number)"), message: "m")], at: now)
        }
        #expect(ContinuousClock.now - start < .milliseconds(900))
        while scene.sink.all.count < 2 { try await Task.sleep(for: .milliseconds(20)) }
        work.cancel()
        await work.value
        let dropped = scene.results.withLock { $0.count { $0 == .dropped } }
        #expect((399...400).contains(dropped))
        // The oldest were dropped: what was not yet under way is one of the last hundred.
        let second = String(decoding: scene.sink.all[1].body, as: UTF8.self)
        #expect(second.contains("\"name\":\"n4"), "\(second)")
    }

    /// A mounted Secret changes while the process runs.
    @Test(.timeLimit(.minutes(1))) func theFileIsReadAgainForEachMessage() async throws {
        let scene = try Scene { connection, _ in try connection.respond() }
        scene.sheets.write("\(scene.server.url)/one", to: "/url")
        let sender = try scene.sender("@/url")
        let work = Task { await sender.run() }
        sender.send([notice], at: now)
        while scene.sink.all.count < 1 { try await Task.sleep(for: .milliseconds(5)) }
        scene.sheets.write("slack:\(scene.server.url)/two", to: "/url")
        sender.send([notice], at: now)
        sender.finish()
        await work.value
        #expect(scene.sink.all.map(\.line) == ["POST /one HTTP/1.1", "POST /two HTTP/1.1"])
        let last = String(decoding: scene.sink.all.last?.body ?? [], as: UTF8.self)
        #expect(last.hasPrefix("{\"text\""))
    }
}

extension String {
    /// The same URL with another port.
    fileprivate func replacingPort(with port: Int) -> String {
        let start = utf8.lastIndex(of: UInt8(ascii: ":")) ?? startIndex
        let end = self[start...].firstIndex(of: "/") ?? endIndex
        return "\(self[..<start]):\(port)\(self[end...])"
    }
}
