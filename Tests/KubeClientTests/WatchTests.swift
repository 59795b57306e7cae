import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

func event(_ type: String, _ name: String, version: String) -> String {
    "{\"type\":\"\(type)\",\"object\":{\"metadata\":{\"name\":\"\(name)\",\"resourceVersion\":\"\(version)\"},"
        + "\"spec\":{\"text\":\"a \\\"}{\\\" b\"}}}\n"
}

private func client(_ transport: ScriptedTransport, _ time: ManualTime = ManualTime()) -> KubeClient {
    KubeClient(
        connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
        environment: HostEnvironment(variables: [:], workingDirectory: "/") {
            _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
        }, time: time.source, userAgent: "test/1")
}

@Suite struct WatchStreamTests {
    private let options = WatchOptions(
        namespace: nil, resourceVersion: "7", timeout: .seconds(300), stallTimeout: .seconds(150))

    /// Returns the versions of all events before the end, and the error that ended the watch.
    private func read(_ response: HTTPResponse) async throws -> (versions: [String], error: KubeError?) {
        var events = try await client(ScriptedTransport(queue: [.success(response)])).watch(things, options)
        var versions: [String] = []
        do throws(KubeError) {
            while let event = try await events.next() {
                versions.append("\(event.kind == .changed ? "+" : "-")\(event.resourceVersion ?? "?")")
            }
            return (versions, nil)
        } catch {
            return (versions, error)
        }
    }

    @Test func asksForChangesWithBookmarksAndWithoutGzip() async throws {
        let transport = ScriptedTransport(queue: [.success(.scripted())])
        _ = try await client(transport).watch(things, options)
        let request = try #require(transport.requests.first)
        #expect(
            request.url == "https://h/apis/example.test/v1/things?"
                + "allowWatchBookmarks=true&resourceVersion=7&timeoutSeconds=300&watch=true")
        #expect(!request.acceptsGzip)
        #expect(request.stallTimeout == .seconds(150))
        #expect(request.timeout == .seconds(360))
    }

    @Test func aBusyServersPauseIsKeptBeforeAWatch() async throws {
        let time = ManualTime()
        let busy = FakeCluster.failure(429, "TooManyRequests", "later", headers: [("Retry-After", "3")])
        _ = try await client(ScriptedTransport(queue: [.success(busy), .success(.scripted())]), time).watch(
            things, options)
        #expect(time.sleeps == [.seconds(3)])
    }

    @Test func streamsHaveATransportOfTheirOwnWithoutHTTP2() async throws {
        let made = Mutex<[Bool]>([])
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")),
            makeTransport: { configuration in
                made.withLock { $0.append(configuration.offersHTTP2) }
                return ScriptedTransport { _ throws(HTTPTransportError) in .scripted(body: "{}") }
            },
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
            }, time: ManualTime().source, userAgent: "test/1")
        for _ in 0..<2 {
            _ = try await client.get(things, namespace: nil, name: "a")
            _ = try await client.watch(things, options)
        }
        #expect(made.withLock { $0 } == [true, false])
    }

    @Test func anEventCutAnywhereIsReadWholeOrDropped() async throws {
        let text = event("ADDED", "a", version: "8") + event("DELETED", "b", version: "9")
        let firstEnd = event("ADDED", "a", version: "8").utf8.count - 1
        for offset in 1..<text.utf8.count {
            let whole = try await read(.scripted(body: text, cutAt: [offset]))
            #expect(whole.versions == ["+8", "-9"], "\(offset)")
            let cut = try await read(.scripted(pieces: [Array(text.utf8.prefix(offset))]))
            #expect(cut.versions == (offset < firstEnd ? [] : offset < text.utf8.count - 1 ? ["+8"] : ["+8", "-9"]))
            #expect(cut.error == nil)
        }
    }

    @Test func newlinesAreNotNeededAndWhitespaceDoesNoHarm() async throws {
        let text = (event("ADDED", "a", version: "8") + event("MODIFIED", "a", version: "9"))
            .replacing("\n", with: "")
        #expect(try await read(.scripted(body: text)).versions == ["+8", "+9"])
        let spread = event("ADDED", "a", version: "8").replacing(":{", with: " : \n {").replacing(",", with: " ,\r\n\t")
        #expect(try await read(.scripted(body: spread)).versions == ["+8"])
    }

    @Test func anErrorEventCarriesItsStatus() async throws {
        let text = """
            {"type":"ERROR","object":{"kind":"Status","status":"Failure","code":410,"reason":"Expired","message":"too old"}}
            """
        var events = try await client(ScriptedTransport(queue: [.success(.scripted(body: text))])).watch(
            things, options)
        let first = try await events.next()
        guard case .failed(let status) = first?.kind else {
            Issue.record("\(String(describing: first))")
            return
        }
        #expect(status.code == 410)
        #expect(status.reason == "Expired")
    }

    @Test func whatIsNoWatchIsAnErrorAfterAllThatCameBefore() async throws {
        let good = event("ADDED", "a", version: "8")
        for bad in [
            "<html>", "[1]", "{\"type\":\"WEIRD\",\"object\":{}}", "{\"type\":\"ADDED\"}", "{}", "]",
            "{\"kind\":\"List\",\"items\":[{}]}", "{\"type\":\"ADDED\",\"object\":\"text\"}",
            "{\"type\":5,\"object\":{}}",
        ] {
            let (versions, error) = try await read(.scripted(body: good + bad))
            #expect(versions == ["+8"], "\(bad)")
            guard case .malformed = error else {
                Issue.record("\(bad): \(String(describing: error))")
                continue
            }
        }
    }

    @Test func anEventPastTheLimitIsAnErrorAndThreeMegabytesAreNone() async throws {
        func huge(_ size: Int) -> [[UInt8]] {
            let head = Array("{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"resourceVersion\":\"8\"},\"x\":\"".utf8)
            return [head] + Array(repeating: [UInt8](repeating: 0x61, count: 1 << 20), count: size) + [
                Array("\"}}".utf8)
            ]
        }
        #expect(try await read(.scripted(pieces: huge(3))).versions == ["+8"])
        let tooLarge = try await read(.scripted(pieces: huge(17)))
        #expect(tooLarge.versions.isEmpty)
        #expect(tooLarge.error?.message.contains("larger than 16 MiB") == true)
    }
}

@Suite struct JSONMemberTests {
    @Test func findsMembersOfTheRootOnly() {
        let object = Array(#"{ "a" : {"b":1,"c":"x"}, "b\"" : [1,{"b":2}] , "b": "y\"z", "n":-1.5e3,"t":true}"#.utf8)[
            ...]
        func value(_ key: String) -> String? {
            JSONMember.value(of: key, in: object).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(value("a") == #"{"b":1,"c":"x"}"#)
        #expect(value("b") == #""y\"z""#)
        #expect(value("n") == "-1.5e3")
        #expect(value("t") == "true")
        #expect(value("c") == nil)
        #expect(JSONMember.string("b", in: object) == nil)
    }

    @Test func everyPrefixIsReadWithoutACrash() {
        let object = Array(#"{"a":{"b":[1,"\\"]},"c":"\u0041","d":null}"#.utf8)
        for end in 0...object.count {
            for key in ["a", "c", "d", "x"] { _ = JSONMember.value(of: key, in: object[0..<end]) }
        }
    }
}
