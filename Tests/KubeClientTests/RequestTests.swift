import Formats
import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

/// A client with scripted responses and a manual clock.
private struct Bench {
    let transport: ScriptedTransport
    let time = ManualTime()
    let client: KubeClient

    init(
        _ answers: [Result<HTTPResponse, HTTPTransportError>],
        connection: ClusterConnection = ClusterConnection(
            clusterName: "c", server: ServerURL(host: "h", port: 6443, path: "/p")),
        files: @escaping @Sendable (String) throws(HostEnvironment.FileError) -> [UInt8] = {
            _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
        }
    ) {
        transport = ScriptedTransport(queue: answers)
        client = KubeClient(
            connection: connection, transport: transport,
            environment: HostEnvironment(variables: [:], workingDirectory: "/", readFile: files), time: time.source,
            userAgent: "test/1")
    }

    func items(_ options: ListOptions) async throws -> [String] {
        var seen: [String] = []
        for try await element in client.list(things, options) {
            switch element {
            case .item(let json): seen.append(String(decoding: json, as: UTF8.self))
            case .startedOver: seen.append("again")
            }
        }
        return seen
    }
}

private func page(_ items: String, token: String? = nil) -> Result<HTTPResponse, HTTPTransportError> {
    let metadata = token.map { "{\"continue\":\"\($0)\"}" } ?? "{}"
    return .success(.scripted(body: "{\"metadata\":\(metadata),\"items\":[\(items)]}"))
}

private func refusal(
    _ code: Int, _ reason: String = "", headers: [(String, String)] = []
) -> Result<HTTPResponse, HTTPTransportError> {
    .success(FakeCluster.failure(code, reason, "said so", headers: headers))
}

@Suite struct ListRequestTests {
    @Test func pagesAreFollowedWithTheSameQuestion() async throws {
        let bench = Bench([page("{\"a\":1}", token: "t 1"), page("{\"a\":2}")])
        let items = try await bench.items(ListOptions(namespace: "ns", labelSelector: "a in (b,c)", pageSize: 1))
        #expect(items == ["{\"a\":1}", "{\"a\":2}"])
        let base = "https://h:6443/p/apis/example.test/v1/namespaces/ns/things?"
        #expect(
            bench.transport.requests.map(\.url) == [
                base + "labelSelector=a+in+%28b%2Cc%29&limit=1",
                base + "continue=t+1&labelSelector=a+in+%28b%2Cc%29&limit=1",
            ])
    }

    @Test func aCachedListComesWhole() async throws {
        let bench = Bench([page("")])
        _ = try await bench.items(ListOptions(namespace: nil, freshness: .cached))
        #expect(bench.transport.requests[0].url == "https://h:6443/p/apis/example.test/v1/things?resourceVersion=0")
        #expect(bench.transport.requests[0].headers["Accept"] == "application/json")
        #expect(bench.transport.requests[0].acceptsGzip)
    }

    @Test func anExpiredPageBeginsAgainWhole() async throws {
        let bench = Bench([page("{\"a\":1}", token: "t"), refusal(410, "Expired"), page("{\"a\":3}")])
        #expect(try await bench.items(ListOptions(namespace: nil, pageSize: 1)) == ["{\"a\":1}", "again", "{\"a\":3}"])
        #expect(bench.transport.requests[2].url == "https://h:6443/p/apis/example.test/v1/things")
    }

    @Test func anExpiredFirstPageIsAnError() async throws {
        let bench = Bench([refusal(410, "Expired")])
        await #expect(throws: KubeError.self) { try await bench.items(ListOptions(namespace: nil)) }
        #expect(bench.transport.requests.count == 1)
    }

    @Test func theSameTokenForEverIsAnError() async throws {
        let bench = Bench((0..<9).map { _ in page("{}", token: "same") })
        await #expect(throws: KubeError.self) { try await bench.items(ListOptions(namespace: nil)) }
        #expect(bench.transport.requests.count == 2)
    }

    @Test(arguments: ["<html></html>", "", "[]", "{\"items\":[{}", "{\"kind\":\"Thing\"}"])
    func whatIsNoListIsAnError(_ body: String) async throws {
        let bench = Bench([.success(.scripted(headers: ["Content-Type": "text/html"], body: body))])
        await #expect {
            try await bench.items(ListOptions(namespace: nil))
        } throws: { error in
            if case .malformed? = error as? KubeError { true } else { false }
        }
    }

    @Test(arguments: ["\"x\"", "{\"a\":1}", "7", "true"])
    func itemsThatAreNoArrayAreNoEmptyList(items: String) async throws {
        let bench = Bench([.success(.scripted(body: "{\"kind\":\"ThingList\",\"items\":\(items)}"))])
        await #expect(throws: KubeError.malformed(what: "its items are not an array", url: "things.example.test")) {
            try await bench.items(ListOptions(namespace: nil))
        }
    }

    @Test(arguments: ["7", "\"x\"", "null", "[{}]", "{},true"])
    func anItemThatIsNoObjectIsNotPassedOver(items: String) async throws {
        let bench = Bench([page(items)])
        let malformed = KubeError.malformed(what: "one of its items is not an object", url: "things.example.test")
        await #expect(throws: malformed) {
            try await bench.items(ListOptions(namespace: nil))
        }
    }

    @Test func aKeyMayBeWrittenWithEscapes() async throws {
        let bench = Bench([.success(.scripted(body: #"{"kind":"ThingList","item\u0073":[{"a":1}]}"#))])
        #expect(try await bench.items(ListOptions(namespace: nil)) == ["{\"a\":1}"])
        let event = Array(#"{"typ\u0065":"ADDED","o\u0062ject":{}}"#.utf8)
        #expect(JSONMember.string("type", in: event[...]) == "ADDED")
        #expect(JSONMember.value(of: "object", in: event[...]).map(Array.init) == Array("{}".utf8))
    }

    @Test func aListWithoutItemsMayBeNull() async throws {
        let bench = Bench([.success(.scripted(body: "{\"kind\":\"ThingList\",\"items\":null}"))])
        #expect(try await bench.items(ListOptions(namespace: nil)).isEmpty)
    }
}

@Suite struct ClockOfAnswersTests {
    /// A proxy has a clock of its own.
    @Test func aRefusalsDateIsNotTheServersTime() async throws {
        let bench = Bench([
            .success(.scripted(502, headers: ["Date": "Fri, 31 Dec 9999 23:59:59 GMT"], body: "bad gateway")),
            .success(.scripted(headers: ["Date": "Thu, 01 Jan 1970 01:00:00 GMT"], body: "{}")),
        ])
        await #expect(throws: KubeError.self) { try await bench.client.get(things, namespace: "ns", name: "x") }
        #expect(bench.client.clock.now.secondsSince1970 == ObjectFixture.now && bench.client.clock.lead == nil)
        _ = try await bench.client.get(things, namespace: "ns", name: "x")
        #expect(
            bench.client.clock.now.secondsSince1970 == 3600
                && bench.client.clock.lead == .seconds(3600 - ObjectFixture.now))
    }
}

@Suite struct RetryTests {
    private func get(_ bench: Bench) async throws(KubeError) -> [UInt8] {
        try await bench.client.get(things, namespace: "ns", name: "x")
    }

    private func patch(_ bench: Bench) async throws(KubeError) -> [UInt8] {
        try await bench.client.patch(things, namespace: "ns", name: "x", body: [], fieldManager: "m")
    }

    /// New for each use, because a body can be read only once.
    private var fine: Result<HTTPResponse, HTTPTransportError> { .success(.scripted(body: "{}")) }

    @Test func aBusyServerIsWaitedFor() async throws {
        var busy: Result<HTTPResponse, HTTPTransportError> { refusal(429, headers: [("Retry-After", "7")]) }
        let reading = Bench([busy, busy, fine])
        _ = try await get(reading)
        #expect(reading.time.elapsed == .seconds(14))
    }

    /// The state that a patch is based on may have changed by then.
    @Test func aPatchIsNotSentAgainToABusyServer() async throws {
        let writing = Bench([refusal(429, headers: [("Retry-After", "7")]), fine])
        let error = await #expect(throws: KubeError.self) { try await patch(writing) }
        #expect(error?.status?.retryAfter == .seconds(7))
        #expect(writing.transport.requests.count == 1 && writing.time.sleeps.isEmpty)
    }

    @Test func anAnswerThatIsCutOffIsAskedForOnceMore() async throws {
        var cut: Result<HTTPResponse, HTTPTransportError> {
            .success(.scripted(pieces: [Array("{\"a\":".utf8)], failure: .connectionLost("reset")))
        }
        let reading = Bench([cut, fine])
        #expect(try await get(reading) == Array("{}".utf8) && reading.time.elapsed == .seconds(1))
        await #expect(throws: KubeError.self) { try await get(Bench([cut, cut])) }
        let writing = Bench([cut, fine])
        await #expect(throws: KubeError.self) { try await patch(writing) }
        #expect(writing.transport.requests.count == 1)
    }

    @Test func aFailingServerIsAskedAgainOnlyToRead() async throws {
        var failing: Result<HTTPResponse, HTTPTransportError> { refusal(503, headers: [("Retry-After", "1")]) }
        let reading = Bench([failing, fine])
        _ = try await get(reading)
        let writing = Bench([failing, fine])
        await #expect(throws: KubeError.self) { try await patch(writing) }
        #expect(writing.transport.requests.count == 1)
    }

    @Test(arguments: [
        [], [("Retry-After", "61")], [("Retry-After", "Sun, 01 Mar 2026 12:00:00 GMT")], [("Retry-After", "-1")],
    ])
    func withoutAShortNumberNothingIsRepeated(_ headers: [(String, String)]) async throws {
        let bench = Bench([refusal(429, headers: headers), fine])
        await #expect(throws: KubeError.self) { try await get(bench) }
        #expect(bench.transport.requests.count == 1)
    }

    @Test func aBrokenConnectionIsMadeAgainOnlyToRead() async throws {
        let reading = Bench([.failure(.connectionLost("EOF")), fine])
        _ = try await get(reading)
        #expect(reading.time.elapsed == .seconds(1))
        let writing = Bench([.failure(.connectionLost("EOF")), fine])
        await #expect {
            try await patch(writing)
        } throws: { error in
            (error as? KubeError)?.leavesOutcomeOpen ?? false
        }
    }

    @Test func theTimeoutBoundsAllTriesTogether() async throws {
        var connection = ClusterConnection(clusterName: "c", server: ServerURL(host: "h", port: 6443, path: ""))
        connection.requestTimeout = .milliseconds(3500)
        let lost = Result<HTTPResponse, HTTPTransportError>.failure(.connectionLost("EOF"))
        let bench = Bench([lost, lost, lost, lost, lost], connection: connection)
        await #expect(throws: KubeError.transport(.connectionLost("EOF"), server: "h:6443")) { try await get(bench) }
        #expect(bench.time.elapsed == .seconds(3))
        #expect(bench.transport.requests.map(\.timeout) == [3500, 2500, 1500, 500].map { .milliseconds($0) })
        let busy = Bench([refusal(429, headers: [("Retry-After", "4")]), fine], connection: connection)
        await #expect(throws: KubeError.self) { try await get(busy) }
        #expect(busy.time.elapsed == .zero)
    }

    @Test func aWatchThatCannotBeHadIsToldAtOnce() async throws {
        let bench = Bench([.failure(.connectionLost("EOF")), fine])
        let options = WatchOptions(
            namespace: nil, resourceVersion: "1", timeout: .seconds(300), stallTimeout: .seconds(150))
        await #expect(throws: KubeError.self) { try await bench.client.watch(things, options) }
        #expect(bench.transport.requests.map(\.stallBytes) == [1])
    }

    @Test func anAnswerThatIsTooLargeLeavesOpenWhatWasDone() {
        #expect(KubeError.transport(.bodyTooLarge(limit: 1), server: "h").leavesOutcomeOpen)
    }

    @Test func patienceHasABound() async throws {
        let bench = Bench((0..<20).map { _ in refusal(429, headers: [("Retry-After", "0")]) })
        await #expect(throws: KubeError.self) { try await get(bench) }
        #expect(bench.transport.requests.count == 11)
    }

    @Test func aPatchIsAMergePatch() async throws {
        let bench = Bench([fine])
        _ = try await bench.client.patch(
            things, namespace: "ns", name: "x", body: [1], fieldManager: "me", isDryRun: true)
        let request = bench.transport.requests[0]
        #expect(request.method == .patch && request.body == [1])
        #expect(request.url.hasSuffix("/namespaces/ns/things/x?dryRun=All&fieldManager=me"))
        #expect(request.headers["Content-Type"] == "application/merge-patch+json")
    }

    @Test(arguments: ["a/b", "a%b", "", ".", ".."])
    func aNameThatIsNoPathIsNeverSent(_ name: String) async throws {
        let bench = Bench([fine])
        await #expect(throws: KubeError.self) { try await bench.client.get(things, namespace: name, name: "x") }
        await #expect(throws: KubeError.self) { try await bench.client.get(things, namespace: "n", name: name) }
        #expect(bench.transport.requests.isEmpty)
    }
}

@Suite struct CredentialTests {
    private func connection(_ credential: ClusterConnection.Credential) -> ClusterConnection {
        var connection = ClusterConnection(
            clusterName: "c", server: ServerURL(host: "h"), credential: credential,
            impersonation: .init(user: "u", groups: ["g1", "g2"], extra: ["example.com/x": ["v"]]))
        connection.requestTimeout = .seconds(10)
        return connection
    }

    /// New for each use, because a body can be read only once.
    private var fine: Result<HTTPResponse, HTTPTransportError> { .success(.scripted(body: "{}")) }

    @Test func headersSayWhoWeAre() async throws {
        let bench = Bench([fine], connection: connection(.basic(username: "a", password: Secret("b"))))
        _ = try await bench.client.get(things, namespace: nil, name: "x")
        let request = bench.transport.requests[0]
        #expect(request.headers["Authorization"] == "Basic YTpi")
        #expect(request.headers["Impersonate-User"] == "u")
        #expect(request.headers.all("Impersonate-Group") == ["g1", "g2"])
        #expect(request.headers["Impersonate-Extra-example.com%2Fx"] == "v")
        #expect(request.url.hasSuffix("?timeout=10s") && request.timeout == .seconds(10))
    }

    @Test func aTokenFileIsReadAgainAfter50Seconds() async throws {
        let reads = Atomic(0)
        let bench = Bench(
            [fine, fine, fine, fine], connection: connection(.tokenFile(path: "/t", fallback: nil)),
            files: { _ throws(HostEnvironment.FileError) in
                let count = reads.wrappingAdd(1, ordering: .relaxed).oldValue
                // The third read fails, so the last good token is kept.
                if count == 2 { throw .init(isMissing: true, reason: "gone") }
                return Array(" token-\(count)\n".utf8)
            })
        for wait in [0, 49, 1, 50] {
            try await bench.time.source.sleep(.seconds(wait))
            _ = try await bench.client.get(things, namespace: nil, name: "x")
        }
        #expect(
            bench.transport.requests.map { $0.headers["Authorization"] } == [
                "Bearer token-0", "Bearer token-0", "Bearer token-1", "Bearer token-1",
            ])
    }

    @Test func noTokenFileIsAnError() async throws {
        let bench = Bench([fine], connection: connection(.tokenFile(path: "/t", fallback: nil)))
        await #expect(throws: KubeError.credential(reason: "open /t: no such file or directory")) {
            try await bench.client.get(things, namespace: nil, name: "x")
        }
    }
}

@Suite struct StatusTextTests {
    @Test(arguments: [
        (
            400, "",
            "Error from server (BadRequest): the server rejected our request for an unknown reason (get things.example.test x)"
        ),
        (401, "", "You must be logged in to the server (Unauthorized)"),
        (403, "no way", "Error from server (Forbidden): no way (get things.example.test x)"),
        (
            418, "",
            "Error from server: the server responded with the status code 418 but did not return more information (get things.example.test x)"
        ),
        (
            500, "<p>",
            "Error from server (InternalError): an error on the server (\"<p>\") has prevented the request from succeeding (get things.example.test x)"
        ),
        (
            503, "",
            "Error from server (ServiceUnavailable): the server is currently unable to handle the request (get things.example.test x)"
        ),
    ])
    func withoutAStatusTheWordsAreClientGos(code: Int, body: String, message: String) async throws {
        let bench = Bench([.success(.scripted(code, headers: ["Content-Type": "text/html"], body: body))])
        await #expect {
            try await bench.client.get(things, namespace: nil, name: "x")
        } throws: { error in
            (error as? KubeError)?.message == message
        }
    }

    @Test func anInvalidObjectListsItsCauses() {
        let causes = [
            APIStatus.Details.Cause(field: "spec.a", message: "bad"), .init(field: "spec.b", message: "worse"),
        ]
        let details = APIStatus.Details(kind: "Rollout", name: "web", causes: causes)
        let status = APIStatus(code: 422, reason: "Invalid", message: "m", details: details)
        #expect(KubeError.status(status).message == "The Rollout \"web\" is invalid: \n* spec.a: bad\n* spec.b: worse")
    }

    @Test func aResourceThatIsNotServedIsNamed() async throws {
        let bench = Bench([
            .success(.scripted(404, headers: ["Content-Type": "text/plain"], body: "404 page not found\n"))
        ])
        await #expect(throws: KubeError.notServed(things)) {
            try await bench.client.get(things, namespace: nil, name: "x")
        }
    }
}
