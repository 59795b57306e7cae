import HTTPTransport
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// While the controller is down, one restart is requested and taken back.
@Suite struct FirstRestartTests {
    private func stuck(_ count: Int) -> [ObjectFixture] {
        (0..<count).map { .rollout("web-\($0)") }
    }

    @Test func aControllerThatIsDownIsAskedOnce() async throws {
        let bench = Bench(stuck(60))
        bench.cluster.controller = .isDown
        let outcomes = try await bench.restart()
        #expect(outcomes.values.count { $0 == .unobserved(isTakenBack: true) } == 1)
        #expect(outcomes.values.count { $0.skipped == "stuck (breaker)" } == 59)
        // One requests the restart, one takes it back.
        #expect(bench.patches.count == 2)
        #expect(bench.time.elapsed < .seconds(70))
        for index in 0..<60 { #expect(bench.cluster.object("rollouts", "shop/web-\(index)")?.restartAt == nil) }
    }

    @Test func oneThatIsObservedIsFollowedByAll() async throws {
        let bench = Bench(stuck(60))
        let outcomes = try await bench.restart()
        #expect(outcomes.values.allSatisfy { if case .restarted = $0 { true } else { false } })
        #expect(outcomes.count == 60 && bench.patches.count == 60)
    }

    /// The first is stored, its answer is lost, and so are the next ones: the others wait all the same.
    @Test func oneThatIsFoundLateMustBeObservedToo() async throws {
        let failures = Counter()
        let bench = Bench(stuck(5)) { request, cluster in
            guard let first = cluster.requests(.patch, "rollouts").first?.url.split(separator: "?").first,
                request.url.contains(first.suffix(6)), !request.url.contains("replicasets"), failures.next() < 3
            else { return nil }
            if request.method == .patch { _ = cluster.answer(request) }
            return .failure(.connectionLost("EOF"))
        }
        bench.cluster.controller = .isDown
        let outcomes = try await bench.restart()
        #expect(outcomes.values.count { $0 == .unobserved(isTakenBack: true) } == 1, "\(outcomes)")
        #expect(outcomes.values.count { $0.skipped == "stuck (breaker)" } == 4)
    }

    /// If the first is refused, another goes first.
    @Test func oneThatCannotBeWrittenIsNoFirst() async throws {
        let refused = Counter()
        let bench = Bench(stuck(5)) { request, _ in
            request.method == .patch && refused.next() < 2
                ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        bench.cluster.controller = .isDown
        let outcomes = try await bench.restart()
        #expect(outcomes.values.count { if case .failed = $0 { true } else { false } } == 2)
        #expect(outcomes.values.count { $0 == .unobserved(isTakenBack: true) } == 1)
        #expect(outcomes.values.count { $0.skipped == "stuck (breaker)" } == 2)
    }

    @Test func ofTheLadderToo() async throws {
        let bench = Bench(stuck(20))
        bench.cluster.controller = .isDown
        var options = HealRollouts.Options()
        options.settle = .zero
        let healing = HealRollouts(bench.api, options)
        let scope = Scope(namespace: "shop")
        let outcomes = Mutex<[HealOutcome.Result]>([])
        try await healing.heal(try await healing.candidates(scope).found, of: scope, progress: { _ in }) { outcome in
            outcomes.withLock { $0.append(outcome.result) }
        }
        let restarts = bench.patches.filter { $0.url.contains("/rollouts/") && !$0.url.contains("status") }
        #expect(outcomes.withLock { $0.count } == 20)
        let held = outcomes.withLock { all in
            all.count { if case .held(.breaker, _, _) = $0 { true } else { false } }
        }
        #expect(held == 19 && restarts.count == 2)
    }
}
