import Foundation
import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// A refresh by `watch`, down to its requests.
@Suite struct HealerRefreshTests {
    private static let stale = ObjectFixture.rollout(
        status: ["phase": "Progressing", "message": "", "replicas": 7, "updatedReplicas": 7, "HPAReplicas": 7])

    private func healer(
        _ bench: Bench, _ reports: Reports, isLeading: @escaping @Sendable () -> Bool = { true },
        _ adjust: (inout WatchRollouts.Options) -> Void = { _ in }
    ) -> Healer {
        var options = WatchRollouts.Options(scope: Scope(namespace: nil))
        options.settings.heals = true
        options.settings.settle = .zero
        options.settings.staleAfter = .zero
        adjust(&options)
        return Healer(bench.api, options, isLeading: isLeading, report: { reports.add($0) })
    }

    private func begin(_ healer: Healer, _ bench: Bench, _ names: [String] = ["shop/web"]) async throws
        -> Task<Void, Never>
    {
        let work = Task { await healer.run() }
        await healer.handle(.listing)
        for name in names {
            await healer.handle(.listed(try #require(bench.cluster.object("rollouts", name)).json))
        }
        await healer.handle(.synced)
        return work
    }

    private func kinds(_ reports: Reports) -> [Change.Kind] {
        reports.all.compactMap { if case .change(let change) = $0 { change.kind } else { nil } }
    }

    private func refreshes(_ bench: Bench) -> [HTTPRequest] { bench.cluster.requests(.patch, "replicasets") }

    @Test(.timeLimit(.minutes(1))) func aStaleViewIsHealedByAWriteOfMetadata() async throws {
        let bench = Bench([Self.stale])
        let reports = Reports()
        let healer = healer(bench, reports)
        let work = try await begin(healer, bench)
        while refreshes(bench).isEmpty { await Task.yield() }
        bench.cluster.put(.rollout(status: ["phase": "Healthy", "message": ""]), as: "rollouts")
        await healer.handle(.changed(try #require(bench.cluster.object("rollouts", "shop/web")).json))
        while !kinds(reports).contains(.recovered) { await Task.yield() }
        work.cancel()
        await work.value
        #expect(kinds(reports) == [.found, .refreshed, .recovered])
        let request = try #require(refreshes(bench).first)
        #expect(request.url.contains("/replicasets/web-7d9f5c/status?"))
        let body = try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
        #expect(body?.keys.sorted() == ["metadata"])
        #expect(refreshes(bench).count == 1 && bench.patches.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func whoNoLongerLeadsRefreshesNothing() async throws {
        let bench = Bench([Self.stale])
        let reports = Reports()
        let asked = Counter()
        // Leads when the Rollout is judged and the work begins, but not when the patch is sent.
        let healer = healer(bench, reports, isLeading: { asked.next() < 2 })
        let work = try await begin(healer, bench)
        while bench.cluster.requests(.get, "replicasets").count < 3 { await Task.yield() }
        work.cancel()
        await work.value
        #expect(refreshes(bench).isEmpty && bench.patches.isEmpty)
        #expect(kinds(reports) == [.found])
    }

    /// The watch is late: the stored Rollout is healthy, gone or recreated.
    @Test(.timeLimit(.minutes(1)), arguments: ["well", "gone", "another"])
    func whatHasMovedIsNotWritten(to: String) async throws {
        let bench = Bench([Self.stale])
        let reports = Reports()
        let healer = healer(bench, reports)
        let seen = try #require(bench.cluster.object("rollouts", "shop/web")).json
        switch to {
        case "well": bench.cluster.put(.rollout(status: ["phase": "Healthy", "message": ""]), as: "rollouts")
        case "gone": bench.cluster.remove("rollouts", "shop/web")
        default: bench.cluster.change("rollouts", "shop/web", ["metadata": ["uid": "another"]])
        }
        let work = Task { await healer.run() }
        await healer.handle(.listing)
        await healer.handle(.listed(seen))
        await healer.handle(.synced)
        while bench.cluster.requests(.get, "rollouts/web").count < 2 { await Task.yield() }
        work.cancel()
        await work.value
        #expect(refreshes(bench).isEmpty && bench.patches.isEmpty)
        #expect(kinds(reports) == [.found])
    }

    @Test(.timeLimit(.minutes(1))) func withoutTheRightTheLabelIsTriedAndTheRightIsNamed() async throws {
        let bench = Bench([Self.stale]) { request, _ in
            guard request.method == .patch, request.url.contains("/replicasets/") else { return nil }
            return .success(FakeCluster.failure(403, "Forbidden", "replicasets.apps is forbidden"))
        }
        let reports = Reports()
        let work = try await begin(healer(bench, reports), bench)
        while !kinds(reports).contains(.refreshed) { await Task.yield() }
        work.cancel()
        await work.value
        #expect(kinds(reports).prefix(3) == [.found, .error, .refreshed])
        #expect(
            reports.all.contains {
                "\($0)".contains("permission to patch replicasets/status in namespace shop is missing")
            })
        let bodies = bench.patches.map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(bodies.allSatisfy { $0.contains("rollout-heal/refreshed") && !$0.contains("restartAt") })
        #expect(!bodies.isEmpty)
    }

    @Test(.timeLimit(.minutes(1))) func aRefreshIsAnEvent() async throws {
        let bench = Bench([])
        let recorder = EventRecorder(bench.api, instance: "pod") { _ in }
        recorder.record(Change(.refreshed, RolloutID(namespace: "shop", name: "web"), message: "wrote to 1 ReplicaSet"))
        recorder.finish()
        await recorder.run()
        let request = try #require(bench.cluster.requests(.post, "events").first)
        let event = try JSONSerialization.jsonObject(with: Data(request.body ?? [])) as? [String: Any]
        #expect(event?["reason"] as? String == "RolloutRefreshed" && event?["action"] as? String == "Refresh")
        #expect(event?["type"] as? String == "Normal" && event?["note"] as? String == "wrote to 1 ReplicaSet")
    }
}
