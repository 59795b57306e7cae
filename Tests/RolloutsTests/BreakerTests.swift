import Formats
import TestSupport
import Testing

@testable import Rollouts

/// Unobserved restarts stop further ones.
@Suite struct BreakerTests {
    private func stuck(_ index: Int) -> ObjectFixture {
        .rollout(namespace: "shop-\(index)")
    }

    private func bench(_ count: Int) throws -> WatchBench {
        var bench = WatchBench {
            $0.settle = .zero
            $0.maxPerMinute = 1000
            $0.storm = Storm(threshold: .percent(100))
        }
        bench.isObserving = false
        bench.list.beginSnapshot()
        for index in 0..<count { try bench.see(stuck(index)) }
        bench.told += bench.list.endSnapshot(now: bench.now, at: bench.uptime)
        return bench
    }

    @Test func aControllerThatIsDownIsAskedForThreeAtTheMost() throws {
        var bench = try bench(200)
        for _ in 0..<120 {
            try bench.look()
            bench.uptime += .seconds(10)
        }
        #expect(bench.restarts.count == 3)
        let told = bench.told.filter { $0.gate == .breaker }
        #expect(told.map(\.kind) == [.error])
        #expect(told.first?.message.contains("the last 3 restarts within 60 s") == true)
        let states = bench.list.rows(now: bench.now, at: bench.uptime).map(\.state)
        #expect(states.contains("held back: the controller does not observe restarts"))
    }

    @Test func oneThatIsObservedLetsAllGoOn() throws {
        var bench = try bench(8)
        try bench.look()
        #expect(bench.restarts.count == 3)
        bench.uptime += .seconds(70)
        try bench.look()
        bench.isObserving = true
        let first = bench.list.cases.first { $0.value.following != nil }
        let id = try #require(first?.key)
        try bench.see(
            stuck(try #require(Int(id.namespace.dropFirst(5)))).merging([
                "metadata": ["generation": 8], "status": ["observedGeneration": "8"],
                "spec": ["restartAt": bench.list.cases[id]?.rollout.spec.restartAt ?? ""],
            ]))
        try bench.look()
        #expect(bench.restarts.count == 8)
        #expect(bench.told.filter { $0.gate == .breaker }.map(\.kind) == [.error, .found])
    }

    /// Restarts that were never written, and Rollouts that are gone, do not close it.
    @Test func onlyWhatWasWrittenCounts() throws {
        var breaker = Breaker()
        let ids = (0..<3).map { RolloutID(namespace: "shop", name: "web-\($0)") }
        for id in ids { breaker.asked(id, uid: "uid", generation: 2, at: .zero) }
        #expect(breaker.isClosed)
        var opens = breaker.forget(ids[0])
        #expect(opens && !breaker.isClosed)
        opens = breaker.forget(ids[0])
        #expect(!opens)
        breaker.asked(ids[1], uid: "uid", generation: nil, at: .zero)
        breaker.asked(ids[2], uid: "uid", generation: 3, at: .zero)
        breaker.asked(ids[0], uid: "uid", generation: 2, at: .zero)
        #expect(!breaker.isClosed)
    }

    /// - Parameters:
    ///   - observed: `status.observedGeneration`.
    ///   - opens: whether that proves that generation 8 was observed.
    @Test(arguments: [("7", false), ("8", true), ("9", true), ("6f4c8d", true)] as [(String, Bool)])
    func theGenerationProvesIt(observed: String, opens: Bool) throws {
        var breaker = Breaker()
        let rollout = try stuck(0).merging(["status": ["observedGeneration": observed]]).decoded(as: Rollout.self)
        for id in [RolloutID(rollout)] + (1...2).map({ RolloutID(namespace: "shop", name: "web-\($0)") }) {
            breaker.asked(id, uid: rollout.metadata.uid, generation: 8, at: .zero)
        }
        let hasOpened = breaker.see(rollout)
        #expect(hasOpened == opens)
        #expect(breaker.isClosed == !opens)
    }

    /// The watch event is late: the controller may be down by then.
    @Test func whatIsObservedSaysNothingOfWhatWasAskedForLater() throws {
        var breaker = Breaker()
        let rollout = try stuck(0).merging(["status": ["observedGeneration": "8"]]).decoded(as: Rollout.self)
        let others = (1...3).map { RolloutID(namespace: "shop", name: "web-\($0)") }
        for id in [others[0], RolloutID(rollout), others[1]] {
            breaker.asked(id, uid: rollout.metadata.uid, generation: 8, at: .zero)
        }
        let hasOpened = breaker.see(rollout)
        #expect(hasOpened && !breaker.isClosed)
        breaker.asked(others[2], uid: "uid", generation: 8, at: .zero)
        #expect(!breaker.isClosed)
        breaker.asked(others[0], uid: "uid", generation: 8, at: .zero)
        #expect(breaker.isClosed)
    }

    /// The controller completes each restart before the response to its PATCH is read: none stays unobserved.
    @Test func anEventThatComesBeforeTheAnswerCounts() throws {
        var bench = try bench(8)
        for _ in 0..<8 {
            let looks = bench.list.due(now: bench.now, at: bench.uptime).looks
            let judgements = try looks.map { looked in
                bench.list.judge(
                    looked, try WatchBench.complete(looked), mayHeal: true, now: bench.now, at: bench.uptime)
            }
            for restart in judgements.compactMap(\.restart) {
                let number = try #require(Int((restart.metadata.namespace ?? "").dropFirst(5)))
                try bench.see(
                    stuck(number).healed(restartAt: bench.now.rfc3339)
                        .merging(["metadata": ["generation": 8], "status": ["observedGeneration": "8"]]))
                bench.told += bench.list.restarted(
                    restart, restartAt: bench.now, attempt: 1, generation: 8, now: bench.now, at: bench.uptime)
                #expect(!bench.list.breaker.isClosed)
            }
            bench.uptime += .seconds(1)
        }
        #expect(bench.told.count { $0.kind == .restarted } == 8)
    }
}
