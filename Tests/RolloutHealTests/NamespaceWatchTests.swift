import HTTPTransport
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import KubeClient
@testable import RolloutHeal

/// What becomes of `--opt-in` and `--namespace-selector` while namespaces cannot be read.
@Suite(.timeLimit(.minutes(1))) struct NamespaceWatchTests {
    /// The answer to one request.
    private enum Answer: Sendable {
        case names([String])
        case status(Int)
        /// A watch that stays open and silent.
        case open
        /// A watch that stays open, and says nothing for too long.
        case silent
        /// None before the end of the test.
        case none
    }

    /// A watch of namespaces that is answered by a script; its clock advances only by its own sleeps.
    private struct Stage {
        let healer: Healer
        let time = ManualTime()
        let reports = Reports()
        let transport: ScriptedTransport
        let codes = Codes()
        let known = Flag()
        private let watch: NamespaceWatch

        /// - Parameter answer: takes the number of requests before, and the elapsed time.
        init(_ use: NamespaceWatch.Use = .optIn, _ answer: @escaping @Sendable (Int, Duration) -> Answer) {
            let count = Counter()
            transport = ScriptedTransport { [time] _ async throws(HTTPTransportError) in
                await Task.yield()  // a loop of refusals would never give the thread away
                switch answer(count.next(), time.elapsed) {
                case .names(let names): return FakeCluster.json(Self.list(names))
                case .status(let code): return FakeCluster.failure(code, "Refused", "no namespaces")
                case .open:
                    var response = FakeCluster.json([])
                    response.body = HTTPBody { () async throws(HTTPTransportError) in
                        await Self.end()
                        throw .cancelled
                    }
                    return response
                case .silent:
                    time.pass(.seconds(150))
                    return .scripted(
                        headers: ["Content-Type": "application/json"],
                        failure: .timedOut(during: "reading the response"))
                case .none:
                    await Self.end()
                    throw .cancelled
                }
            }
            var log = RequestLog.silent
            log.measure = { [codes] _, code, _ in codes.add(code) }
            let client = KubeClient(
                connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")),
                makeTransport: { [transport] _ in transport },
                environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                    _ throws(HostEnvironment.FileError) in
                    throw .init(isMissing: true, reason: "no such file or directory")
                }, time: time.source, userAgent: "test/1", log: log)
            let api = RolloutAPI(client: client, time: time.source)
            var options = WatchRollouts.Options(scope: Scope(namespace: nil))
            options.settings.heals = true
            options.settings.rule.optIn = OptIn(knowsNamespaces: false)
            if case .selection(let selector) = use { options.scope.namespaceSelector = selector }
            healer = Healer(api, options, isLeading: { true }, report: { [reports] in reports.add($0) })
            watch = NamespaceWatch(
                api: api, healer: healer, use: use, timing: options.timing, isFatal: { $0.status?.code == 403 })
        }

        private static func list(_ names: [String]) -> [UInt8] {
            let items = names.map {
                #"{"metadata":{"name":"\#($0)","resourceVersion":"5","labels":{"rollout-heal/heal":"true"}}}"#
            }
            return Array(
                #"{"kind":"List","apiVersion":"v1","metadata":{"resourceVersion":"5"},"items":[\#(items.joined(separator: ","))]}"#
                    .utf8)
        }

        private static func end() async {
            try? await Task.sleep(for: .seconds(3600))
        }

        /// Runs until `condition` holds.
        func run(until condition: () async -> Bool) async {
            let work = Task { await watch.run { known.set() } }
            while await !condition() { await Task.yield() }
            work.cancel()
            _ = await work.value
        }

        var isKnown: Bool { known.isSet }
        var optIn: OptIn? { get async { await healer.list.settings.rule.optIn } }

        var messages: [String] {
            reports.all.map { if case .change(let change) = $0 { change.message } else { "\($0)" } }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }

    private final class Codes: Sendable {
        private let codes = Mutex<[Int?]>([])
        var all: [Int?] { codes.withLock { $0 } }
        func add(_ code: Int?) { codes.withLock { $0.append(code) } }
    }

    private static let only = "; only Rollouts that opt in themselves are healed"
    private static let refused = "Error from server (Refused): no namespaces"
    private static let told = "the namespaces cannot be watched: \(refused); trying again"

    @Test func whatFailsIsSaidOnceAndAfterAWhileTheRolloutsAreWatchedAnyhow() async {
        let stage = Stage { _, _ in .status(503) }
        await stage.run { stage.isKnown && stage.time.elapsed > NamespaceWatch.patience * 2 }
        #expect(stage.messages == [Self.told, Self.refused + Self.only])
        #expect(await stage.optIn == OptIn(knowsNamespaces: false))
    }

    @Test func withoutTheRightNoNamespaceOptsInUntilItIsGivenAgain() async {
        let loss: [Answer] = [.names(["shop"]), .status(403), .status(403)]
        let lost = Stage { count, _ in count < loss.count ? loss[count] : .none }
        await lost.run { lost.transport.requests.count == 4 }
        #expect(await lost.optIn == OptIn(knowsNamespaces: false))
        #expect(lost.messages == [Self.told, Self.refused + Self.only])
        #expect(lost.time.sleeps.last == .seconds(300))
        // Who lacks the right on purpose is not to be alerted for ever.
        #expect(!lost.codes.all.contains(403))
        let gain = loss + [.names(["shop"])]
        let again = Stage { count, _ in count < gain.count ? gain[count] : .open }
        await again.run { again.transport.requests.count == 5 }
        #expect(await again.optIn == OptIn(namespaces: ["shop"]))
    }

    @Test func afterALongOutageTheOptInsCountAgain() async {
        let outage = Stage { count, _ in count == 0 ? .names(["shop"]) : .status(503) }
        await outage.run { outage.messages.count == 2 }
        #expect(await outage.optIn == OptIn(knowsNamespaces: false))
        #expect(outage.time.elapsed >= NamespaceWatch.patience)
        #expect(outage.messages == [Self.told, Self.refused + Self.only])
        let end = NamespaceWatch.patience * 2
        let isBack = Flag()
        let passing = Stage { count, elapsed in
            if count == 0 { return .names(["shop"]) }
            if elapsed < end { return .status(503) }
            defer { isBack.set() }
            return isBack.isSet ? .open : .names(["shop"])
        }
        await passing.run { await passing.optIn == OptIn(namespaces: ["shop"]) && passing.time.elapsed >= end }
        #expect(passing.messages == [Self.told, Self.refused + Self.only])
    }

    /// A server that accepts each watch and never says anything shows nothing.
    @Test func silenceIsNoContact() async {
        let stage = Stage { count, _ in count == 0 ? .names(["shop"]) : count % 2 == 1 ? .silent : .names(["shop"]) }
        await stage.run { !stage.messages.isEmpty }
        #expect(stage.messages.allSatisfy { $0.hasSuffix(Self.only) }, "\(stage.messages)")
    }

    @Test func aSelectionStaysAndItsFailureIsSaidOnce() async {
        let stage = Stage(.selection("team=a")) { count, _ in count == 0 ? .names(["shop"]) : .status(403) }
        await stage.run { stage.transport.requests.count > 20 }
        #expect(await stage.healer.selected == ["shop"])
        #expect(stage.messages == [Self.told])
        #expect(stage.codes.all.contains(403))
    }
}
