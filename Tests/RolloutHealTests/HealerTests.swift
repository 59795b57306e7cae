import Foundation
import HTTPTransport
@testable import KubeClient
import KubeConfig
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// The loop of `watch` with requests that are never answered and sleeps that last until cancelled.
private struct HealerBench {
    let healer: Healer
    let sleeps = SleepLog()
    let transport: ScriptedTransport
    let reports = Reports()

    init(
        limiter: RequestLimiter? = nil, answer: @escaping ScriptedTransport.Answer = never,
        _ adjust: (inout WatchRollouts.Options) -> Void = { _ in }
    ) {
        transport = ScriptedTransport(answer)
        let time = TimeSource(
            wallClock: { ObjectFixture.now }, uptime: { .zero },
            sleep: { [sleeps] duration throws(CancellationError) in try await sleeps.sleep(duration) }, random: { 0 })
        let client = KubeClient(
            connection: ClusterConnection(clusterName: "c", server: ServerURL(host: "h")), transport: transport,
            environment: HostEnvironment(variables: [:], workingDirectory: "/") {
                _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "no such file or directory")
            }, time: time, userAgent: "test/1", limiter: limiter)
        var options = WatchRollouts.Options(scope: Scope(namespace: nil))
        options.settings.heals = true
        adjust(&options)
        healer = Healer(
            RolloutAPI(client: client, time: time), options, isLeading: { true },
            report: { [reports] in reports.add($0) })
    }

    func wait(forRequests count: Int) async {
        while transport.requests.count < count { await Task.yield() }
    }
}

final class Reports: Sendable {
    private let told = Mutex<[WatchReport]>([])

    var all: [WatchReport] { told.withLock { $0 } }

    func add(_ report: WatchReport) {
        told.withLock { $0.append(report) }
    }
}

/// Records sleeps; longer ones last until they are cancelled.
private final class SleepLog: Sendable {
    private let all = Mutex<[Duration]>([])

    var durations: [Duration] { all.withLock { $0 } }

    func sleep(_ duration: Duration) async throws(CancellationError) {
        all.withLock { $0.append(duration) }
        guard duration > .milliseconds(10) else { return }
        do { try await Task.sleep(for: .seconds(3600)) } catch { throw CancellationError() }
    }
}

/// A response that never arrives.
@Sendable private func never(_: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
    try? await Task.sleep(for: .seconds(3600))
    throw .cancelled
}

@Suite struct HealerTests {
    /// One that is deleted while the watch is interrupted, or leaves the selected namespaces, is counted no more.
    @Test func unreadableRolloutsAreCountedWhileTheyExist() async throws {
        let bench = HealerBench(answer: never) { $0.scope.namespaceSelector = "team=a" }
        let unreadable = ObjectFixture.rollout().merging(["spec": ["replicas": "many"]]).json
        func count() async -> Int { await bench.healer.view.census.unreadable }
        func list(_ objects: [[UInt8]]) async {
            await bench.healer.handle(.listing)
            for object in objects { await bench.healer.handle(.listed(object)) }
            await bench.healer.handle(.synced)
        }
        await bench.healer.select(["shop"])
        await list([unreadable])
        #expect(await count() == 1)
        await list([])
        #expect(await count() == 0)
        await list([unreadable])
        await bench.healer.select([])
        #expect(await count() == 0)
        await bench.healer.handle(.changed(unreadable))
        #expect(await count() == 0)
    }

    /// Pending reads hold further ones back without busy waiting.
    @Test(.timeLimit(.minutes(1))) func looksThatHangAreWaitedForWithoutSpinning() async throws {
        let bench = HealerBench()
        let work = Task { await bench.healer.run() }
        await bench.healer.handle(.listing)
        await bench.healer.handle(.synced)
        for number in 1...4 {
            await bench.healer.handle(.changed(ObjectFixture.rollout("web", namespace: "ns-\(number)").json))
            await bench.wait(forRequests: number)
        }
        let before = bench.sleeps.durations.count
        await bench.healer.handle(.changed(ObjectFixture.rollout("web", namespace: "ns-5").json))
        for _ in 0..<2000 { await Task.yield() }
        let since = bench.sleeps.durations.dropFirst(before)
        #expect(since.allSatisfy { $0 >= .seconds(1) } && since.count < 5, "\(since)")
        #expect(bench.transport.requests.count == 4)
        work.cancel()
        await work.value
    }

    /// Two immediately, then five per second.
    @Test(.timeLimit(.minutes(1))) func readsGoThroughOneLimiter() async throws {
        let bench = HealerBench(limiter: RequestLimiter(perSecond: 5, burst: 2))
        await bench.healer.handle(.listing)
        for number in 0..<4 {
            await bench.healer.handle(.listed(ObjectFixture.rollout(namespace: "ns-\(number)").json))
        }
        await bench.healer.handle(.synced)
        let work = Task { await bench.healer.run() }
        let waits: [Duration] = [.milliseconds(200), .milliseconds(400)]
        while !waits.allSatisfy(bench.sleeps.durations.contains) { await Task.yield() }
        await bench.wait(forRequests: 2)
        for _ in 0..<100 { await Task.yield() }
        #expect(bench.transport.requests.count == 2)
        work.cancel()
        await work.value
    }

    @Test(.timeLimit(.minutes(1))) func anAnsweredWatchEndsTheTrouble() async throws {
        let bench = HealerBench()
        let refused = KubeError.transport(.connectionRefused(host: "h", port: 443), server: "h:443")
        await bench.healer.handle(.synced)
        await bench.healer.handle(.interrupted(refused, .init(reason: .refused, delay: .seconds(1))))
        #expect(await bench.healer.view.trouble == .api(refused))
        await bench.healer.handle(.watching)
        #expect(await bench.healer.view.trouble == nil)
    }

    @Test func whatIsNotSeenMakesItBlind() async throws {
        let bench = HealerBench()
        let gone = KubeError.notServed(RolloutAPI.rollouts)
        await bench.healer.handle(.synced)
        await bench.healer.handle(.interrupted(gone, .init(reason: .refused, delay: .seconds(1))))
        #expect(await bench.healer.view.blindness == .notServed)
        await bench.healer.handle(.synced)
        #expect(await bench.healer.view.blindness == nil)
        let silence = Reflector.Event.interrupted(nil, .init(reason: .silent, delay: .zero))
        await bench.healer.handle(silence)
        #expect(await bench.healer.view.blindness == nil, "one round may be a broken connection")
        await bench.healer.handle(.watching)
        await bench.healer.handle(silence)
        #expect(await bench.healer.view.blindness == .silent)
        await bench.healer.handle(.synced)
        #expect(await bench.healer.view.blindness == .silent, "lists are answered, but the watch is not")
        await bench.healer.handle(.heard)
        #expect(await bench.healer.view.blindness == nil)
    }

    /// A relabelled cluster must not cost a thousand lists at once.
    @Test func fewNamespacesAreListedAtATime() async throws {
        let bench = HealerBench(answer: never) { $0.scope.namespaceSelector = "team=a" }
        await bench.healer.handle(.listing)
        await bench.healer.handle(.synced)
        await bench.healer.select(Set((0..<10).map { "ns-\($0)" }))
        #expect(await bench.healer.beginArrivals() == ["ns-0", "ns-1", "ns-2", "ns-3"])
        #expect(await bench.healer.beginArrivals().isEmpty)
        let arrival = Task { await bench.healer.arrive("ns-1") }
        await bench.healer.select(["ns-0", "ns-2", "ns-3", "ns-7"])
        arrival.cancel()
        await arrival.value
        #expect(await bench.healer.beginArrivals() == ["ns-7"])
    }

    @Test(.timeLimit(.minutes(1))) func aListThatFailsAgainAndAgainIsSaidOnce() async throws {
        let count = Counter()
        let bench = Bench([]) { request, _ in
            guard request.url.contains("/rollouts") else { return nil }
            return count.next() < 4 ? .success(FakeCluster.failure(503, "Busy", "later")) : nil
        }
        let reports = Reports()
        var options = WatchRollouts.Options(scope: Scope(namespace: nil))
        options.scope.namespaceSelector = "team=a"
        let healer = Healer(bench.api, options, isLeading: { true }, report: { reports.add($0) })
        await healer.select(["shop"])
        await healer.arrive("shop")
        #expect(count.next() == 5)
        #expect(reports.all.count == 1 && "\(reports.all)".contains("namespace shop cannot be listed"))
    }

    /// Cancellation during a read is no news about the Rollout.
    @Test(.timeLimit(.minutes(1))) func anEndDuringALookIsNotToldAsAnError() async throws {
        let bench = HealerBench()
        let work = Task { await bench.healer.run() }
        await bench.healer.handle(.listing)
        await bench.healer.handle(.listed(ObjectFixture.rollout().json))
        await bench.healer.handle(.synced)
        await bench.wait(forRequests: 1)
        work.cancel()
        await work.value
        #expect(bench.reports.all == [.synced(count: 1)])
    }
}

/// Leadership is checked right before the write, which may be long after the decision.
@Suite struct LastMomentTests {
    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func whoNoLongerLeadsWritesNothing(leadsOn: Bool) async throws {
        // A refresh did not help.
        let mark = ["rollout-heal/refreshed": "\(ObjectFixture.now - 3000).1"]
        let bench = Bench(
            [.rollout()],
            replicaSets: [ObjectFixture.replicaSet().merging(["metadata": ["annotations": mark]])])
        let asked = Counter()
        let reports = Reports()
        var options = WatchRollouts.Options(scope: Scope(namespace: nil))
        options.settings.heals = true
        options.settings.settle = .zero
        options.settings.rule.policy = .rule  // no budgets are read in between, which would advance the test's clock
        let healer = Healer(
            bench.api, options, isLeading: { leadsOn || asked.next() == 0 }, report: { reports.add($0) })
        let work = Task { await healer.run() }
        await healer.handle(.listing)
        await healer.handle(.listed(try #require(bench.cluster.object("rollouts", "shop/web")).json))
        await healer.handle(.synced)
        while bench.patches.isEmpty, leadsOn || bench.cluster.requests(.get, "replicasets").count < 3 {
            await Task.yield()
        }
        work.cancel()
        await work.value
        #expect(bench.patches.count == (leadsOn ? 1 : 0))
        #expect(leadsOn || !reports.all.contains { "\($0)".contains("30 s") })
    }

    /// The end comes between the decision and the write.
    @Test(.timeLimit(.minutes(1))) func whoIsStoppingRestartsNothing() async throws {
        let mark = ["rollout-heal/refreshed": "\(ObjectFixture.now - 3000).1"]
        let mayAnswer = Mutex(false)
        let cluster = FakeCluster(
            rollouts: [.rollout()],
            replicaSets: [ObjectFixture.replicaSet().merging(["metadata": ["annotations": mark]])],
            hold: { request, cluster in
                guard request.url.contains("poddisruptionbudgets") else { return nil }
                while !mayAnswer.withLock({ $0 }) { await Task.yield() }
                return cluster.answer(request)
            })
        let bench = HealerBench { request async throws(HTTPTransportError) in
            try await cluster.send(request)
        } _: {
            $0.settings.settle = .zero
        }
        let work = Task { await bench.healer.run() }
        await bench.healer.handle(.listing)
        await bench.healer.handle(.listed(try #require(cluster.object("rollouts", "shop/web")).json))
        await bench.healer.handle(.synced)
        while cluster.requests(.get, "poddisruptionbudgets").isEmpty { await Task.yield() }
        work.cancel()
        while bench.healer.mayWrite { await Task.yield() }
        mayAnswer.withLock { $0 = true }
        await work.value
        #expect(cluster.requests(.patch, "rollouts").isEmpty)
    }

    /// It is not yet known which namespaces opt in.
    @Test(.timeLimit(.minutes(1))) func anEndAtTheStartReadsNothingMore() async throws {
        let bench = Bench(
            [.rollout()],
            hold: { request, _ in
                while request.url.contains("/api/v1/namespaces"), !Task.isCancelled { await Task.yield() }
                return nil
            })
        var options = WatchRollouts.Options(scope: Scope(namespace: nil))
        options.settings.rule.optIn = OptIn(knowsNamespaces: false)
        let watch = WatchRollouts(bench.api, options) { _ in }
        let work = Task { try await watch.run() }
        while bench.cluster.requests.isEmpty { await Task.yield() }
        work.cancel()
        _ = await work.result
        #expect(bench.cluster.requests(.get, "rollouts").isEmpty)
    }
}

@Suite struct EventRecorderTests {
    /// Text from others may have any length and characters. Telling flag characters apart requires scanning the whole
    /// run.
    @Test(.timeLimit(.minutes(1))) func aNoteIsShortAndText() async throws {
        let bench = Bench([])
        let recorder = EventRecorder(bench.api, instance: "pod") { _ in }
        let flags = String(repeating: "\u{1F1E6}", count: 400_000)
        let start = ContinuousClock.now
        for (name, message) in [("a", flags), ("b", "one\ntwo\u{1B}[2K"), ("c", "x" + flags)] {
            recorder.record(Change(.restarted, RolloutID(namespace: "shop", name: name), message: message))
        }
        #expect(ContinuousClock.now - start < .seconds(2))
        recorder.finish()
        await recorder.run()
        let notes = try bench.cluster.requests(.post, "events").map { request in
            let event = try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
            return event?["note"] as? String ?? ""
        }
        #expect(notes.map(\.utf8.count) == [1024, 11, 1021] && notes[1] == "one two [2K")
    }

    @Test(.timeLimit(.minutes(1)), arguments: [429, 503]) func anEventWaitsAsLongAsTheServerAsks(code: Int) async throws
    {
        let refusals = Counter()
        let bench = Bench([]) { request, _ in
            guard request.method == .post, refusals.next() == 0 else { return nil }
            return .success(FakeCluster.failure(code, "Busy", "later", headers: [("Retry-After", "9")]))
        }
        let recorder = EventRecorder(bench.api, instance: "pod") { _ in }
        recorder.record(Change(.restarted, RolloutID(namespace: "shop", name: "a"), message: "restart 1"))
        recorder.finish()
        await recorder.run()
        #expect(bench.cluster.requests(.post, "events").count == 2)
        #expect(bench.time.sleeps == [.seconds(9)])
    }

    @Test(.timeLimit(.minutes(1))) func whatIsRecordedIsWrittenBeforeTheEnd() async throws {
        let bench = Bench([])
        let recorder = EventRecorder(bench.api, instance: "pod") { _ in }
        for name in ["a", "b", "c"] {
            recorder.record(Change(.restarted, RolloutID(namespace: "shop", name: name), message: "restart 1"))
        }
        recorder.finish()
        await recorder.run()
        #expect(bench.cluster.requests(.post, "events").count == 3)
    }

    /// The API server's events, with its answers to a PATCH.
    private func record(_ count: Int, patchStatus: Int) async -> (bench: Bench, warnings: Int) {
        let bench = Bench([]) { request, _ in
            guard request.url.contains("/events") else { return nil }
            let status = request.method == .patch ? patchStatus : patchStatus == 403 ? 403 : 201
            return .success(
                status < 300
                    ? FakeCluster.json(Array("{}".utf8), status: status)
                    : FakeCluster.failure(status, "No", "no"))
        }
        let warnings = Counter()
        let recorder = EventRecorder(bench.api, instance: "pod") { _ in _ = warnings.next() }
        for _ in 0..<count {
            recorder.record(
                Change(.refreshed, RolloutID(namespace: "shop", name: "web"), uid: "u", message: "wrote"))
        }
        recorder.finish()
        await recorder.run()
        return (bench, warnings.next())
    }

    @Test(.timeLimit(.minutes(1))) func aRepeatedEventIsCounted() async throws {
        let (bench, warnings) = await record(3, patchStatus: 200)
        #expect(bench.cluster.requests(.post, "events").count == 1 && warnings == 0)
        let patches = bench.cluster.requests(.patch, "events")
        let created =
            try JSONSerialization.jsonObject(
                with: Data(bench.cluster.requests(.post, "events").first?.body ?? [])) as? [String: Any]
        let name = try #require((created?["metadata"] as? [String: Any])?["name"] as? String)
        #expect(patches.count == 2 && patches.allSatisfy { $0.url.contains("/namespaces/shop/events/\(name)?") })
        let bodies = patches.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        for (body, count) in zip(bodies, [2, 3]) {
            let series = (try JSONSerialization.jsonObject(with: Data(body.utf8)) as? [String: Any])?["series"]
            #expect((series as? [String: Any])?["count"] as? Int == count)
            #expect((series as? [String: Any])?["lastObservedTime"] as? String == "2026-03-01T12:00:00.000000Z")
        }
    }

    /// Events expire after an hour: one that is gone is written again.
    @Test(.timeLimit(.minutes(1))) func anEventThatIsGoneIsCreatedAgain() async {
        let (bench, warnings) = await record(2, patchStatus: 404)
        #expect(bench.cluster.requests(.post, "events").count == 2 && warnings == 0)
    }

    @Test(.timeLimit(.minutes(1))) func aMissingRightIsSaidOnce() async {
        let (_, warnings) = await record(5, patchStatus: 403)
        #expect(warnings == 1)
    }
}
