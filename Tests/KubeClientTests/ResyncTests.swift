import HTTPTransport
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import KubeClient

private let things = APIResource(group: "example.test", version: "v1", plural: "things")

/// A fake of API servers behind one address: each has a cache of its own, which may lag behind what is stored.
private final class FakeServers: Sendable {
    struct State {
        /// What is stored: the version, and the names of the objects.
        var version = 10
        var names = ["a"]
        /// For each server, how far its cache has come.
        var caches = [10]
        /// Whether watches keep their events to themselves.
        var dropsEvents = false
        var seed: UInt64 = 1
    }

    let state: Mutex<State>
    let time = ManualTime()
    let end: Duration

    /// - Parameter end: the uptime at which requests are cancelled.
    init(_ state: State = State(), end: Duration) {
        self.state = Mutex(state)
        self.end = end
    }

    private func body(_ request: HTTPRequest) -> HTTPResponse {
        let url = request.url
        func value(_ key: String) -> Int? {
            let words = url.split(whereSeparator: { $0 == "?" || $0 == "&" })
            return words.first { $0.hasPrefix(key + "=") }.flatMap { Int($0.dropFirst(key.count + 1)) }
        }
        let (stored, names, cache) = state.withLock { state in
            state.seed = state.seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state.version, state.names, state.caches[Int(state.seed >> 33) % state.caches.count])
        }
        let asked = value("resourceVersion")
        if url.contains("watch=true") {
            // The server ends the watch when the client has asked it to.
            time.pass(.seconds(value("timeoutSeconds") ?? 0))
            return .scripted(body: bookmark(max(asked ?? 0, cache)))
        }
        if let asked, asked > cache {
            return FakeCluster.failure(
                504, "Timeout", "Timeout: Too large resource version: \(asked), current: \(cache)")
        }
        let version = asked == nil ? stored : cache
        let items = names.map { "{\"metadata\":{\"name\":\"\($0)\"}}" }.joined(separator: ",")
        return .scripted(
            body: "{\"kind\":\"ThingList\",\"metadata\":{\"resourceVersion\":\"\(version)\"},\"items\":[\(items)]}")
    }

    private func bookmark(_ version: Int) -> String {
        "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"\(version)\"}}}"
    }

    /// Runs a reflector until ``end``; returns the requests, and calls `see` for each event.
    func run(_ timing: Reflector.Timing, _ see: @Sendable (Reflector.Event) -> Void = { _ in }) async -> [String] {
        let transport = ScriptedTransport { [self] request async throws(HTTPTransportError) in
            if time.elapsed >= end { throw .cancelled }
            return body(request)
        }
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
            }, time: time.source, userAgent: "test/1")
        let reflector = Reflector(client, things, namespace: "ns", time: time.source, timing: timing)
        do throws(KubeError) {
            try await reflector.run { see($0) }
        } catch {
            #expect(error == .cancelled)
        }
        return transport.requests.map { String($0.url.split(separator: "?").last ?? "") }
    }
}

private func timing(resync: Duration?) -> Reflector.Timing {
    var timing = Reflector.Timing()
    timing.resync = resync
    return timing
}

@Suite struct ResyncTests {
    /// The watch never tells of "b": only another list does.
    @Test func whatAWatchHasLostIsNoticedByTheNextList() async {
        let servers = FakeServers(end: .seconds(1500))
        let seen = Mutex<[String: Duration]>([:])
        let requests = await servers.run(timing(resync: .seconds(600))) { event in
            switch event {
            case .synced: servers.state.withLock { $0.names = ["a", "b"] }
            case .listed(let json):
                let name = JSONMember.value(of: "metadata", in: json[...]).flatMap { JSONMember.string("name", in: $0) }
                seen.withLock { $0[name ?? "?"] = $0[name ?? "?"] ?? servers.time.elapsed }
            default: break
            }
        }
        let noticed = seen.withLock { $0["b"] }
        #expect(noticed == .seconds(600))
        #expect(requests.first { $0.contains("resourceVersion=10") && !$0.contains("watch") } == "resourceVersion=10")
    }

    /// An hour at rest: nothing but watches, and a list every ten minutes.
    @Test func atRestNothingElseIsSent() async {
        let requests = await FakeServers(end: .seconds(3600)).run(timing(resync: .seconds(600)))
        let lists = requests.filter { !$0.contains("watch=true") }
        #expect(lists == ["resourceVersion=0"] + Array(repeating: "resourceVersion=10", count: 6))
        #expect(requests.count - lists.count == 12, "a watch lasts 5 minutes with this random number")
    }

    /// A list that is due is not asked for in place of one that already replaces it.
    @Test func aResyncThatFailsIsNotBegunAgain() {
        var state = ReflectorState()
        state.listed(resourceVersion: "5")
        state.resync()
        #expect(state.step == .list(.notOlderThan("5")))
        let behind = APIStatus(code: 504, reason: "Timeout", message: "Too large resource version: 5, current: 3")
        #expect(state.listFailed(.status(behind), at: .zero, random: 0).delay == .zero)
        state.resync()
        #expect(state.step == .list(.latest))
    }

    @Test func withoutResyncNothingButTheWatchIsSent() async {
        let requests = await FakeServers(end: .seconds(3600)).run(timing(resync: nil))
        #expect(requests.count { !$0.contains("watch=true") } == 1)
        #expect(requests.count == 14)
    }

    /// Two caches behind one address, one of which lags: no list is older than one before it.
    @Test(arguments: 1...20) func noListIsOlderThanTheOneBefore(seed: UInt64) async {
        var state = FakeServers.State()
        state.caches = [10, 7]
        state.seed = seed
        let servers = FakeServers(state, end: .seconds(7200))
        let versions = Mutex<[String]>([])
        let behind = Mutex(0)
        let requests = await servers.run(timing(resync: .seconds(60))) { event in
            if case .interrupted(_, let pause) = event, pause.reason == .behind { behind.withLock { $0 += 1 } }
            if case .watching = event { versions.withLock { $0.append("") } }
        }
        // What a watch starts from is what the list before it has shown.
        let starts = requests.filter { $0.contains("watch=true") }.compactMap { request in
            request.split(separator: "&").first { $0.hasPrefix("resourceVersion=") }.flatMap { Int($0.dropFirst(16)) }
        }
        #expect(starts.count > 50)
        #expect(starts == starts.sorted(), "\(starts)")
        #expect(starts.last == 10 && behind.withLock { $0 } > 0)
    }
}

@Suite struct SilenceTests {
    /// A fake: silence lasts longer than a test may.
    @Test func aSilentServerIsReportedAndHeardAgain() async {
        let time = ManualTime()
        let bookmark = "{\"type\":\"BOOKMARK\",\"object\":{\"metadata\":{\"resourceVersion\":\"9\"}}}"
        let list = "{\"kind\":\"ThingList\",\"metadata\":{\"resourceVersion\":\"5\"},\"items\":[]}"
        let watches = Mutex(0)
        let transport = ScriptedTransport { request async throws(HTTPTransportError) in
            guard request.url.contains("watch=true") else { return .scripted(body: list) }
            #expect(request.mayBeginSilent)
            switch watches.withLock({
                $0 += 1; return $0
            }) {
            case 1, 2:
                time.pass(.seconds(360))
                return .scripted(failure: .timedOut(during: "reading the response"))
            case 3: return .scripted(body: bookmark + bookmark)
            default: throw .cancelled
            }
        }
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
            }, time: time.source, userAgent: "test/1")
        var told: [String] = []
        do throws(KubeError) {
            try await Reflector(client, things, namespace: nil, time: time.source, timing: timing(resync: nil)).run {
                switch $0 {
                case .interrupted(_, let pause): told.append(pause.reason.rawValue)
                case .heard: told.append("heard")
                default: break
                }
            }
        } catch {
            #expect(error == .cancelled)
        }
        #expect(told == ["silent", "silent", "heard", "short"])
    }
}
