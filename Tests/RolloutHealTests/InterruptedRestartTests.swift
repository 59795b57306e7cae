import Formats
import HTTPTransport
import KubeClient
import Rollouts
import Synchronization
import TestSupport
import Testing

@testable import RolloutHeal

/// An interruption while the PATCH of a restart is under way.
@Suite struct InterruptedRestartTests {
    /// A server that stores the restart, and answers late.
    private final class LateAnswer: Sendable {
        private let state = Mutex((isStored: false, mayAnswer: false))

        var isStored: Bool { state.withLock { $0.isStored } }

        /// Answers after all, once the interruption could have had its effect.
        func release() async {
            for _ in 0..<500 { await Task.yield() }
            state.withLock { $0.mayAnswer = true }
        }

        func hold(_ request: HTTPRequest, _ cluster: FakeCluster) async -> HTTPResponse? {
            guard request.method == .patch, !isStored,
                String(decoding: request.body ?? [], as: UTF8.self).contains("\"restartAt\":\"2026")
            else { return nil }
            let answer = cluster.answer(request)
            state.withLock { $0.isStored = true }
            while !Task.isCancelled {
                if state.withLock({ $0.mayAnswer }) { return answer }
                await Task.yield()
            }
            return nil
        }
    }

    private static let sets = [ObjectFixture.replicaSet().marked(60)]

    private func bench(_ late: LateAnswer) -> Bench {
        Bench([.rollout()], replicaSets: Self.sets, hold: { await late.hold($0, $1) })
    }

    /// Heals until the restart is stored, interrupts it, and returns what was told last.
    private func lastStep(of bench: Bench, _ late: LateAnswer) async -> HealProgress? {
        var options = HealRollouts.Options()
        options.settle = .zero
        let healing = HealRollouts(bench.api, options)
        let scope = Scope(namespace: "shop", names: ["web"])
        let progress = Mutex<[HealProgress]>([])
        let work = Task {
            try await healing.heal(try await healing.candidates(scope).found, of: scope) { step in
                progress.withLock { $0.append(step) }
            } report: { _ in
            }
        }
        while !late.isStored { await Task.yield() }
        work.cancel()
        await late.release()
        _ = await work.result
        return progress.withLock { $0.last }
    }

    @Test(.timeLimit(.minutes(1)), arguments: [Policy.strict, .rule])
    func itsAnswerIsAwaitedAndItIsTakenBack(policy: Policy) async throws {
        let late = LateAnswer()
        let bench = bench(late)
        let restart = RestartRollouts(bench.api, rule: HealRule(policy: policy), settle: .zero)
        let scope = Scope(namespace: "shop", names: ["web"])
        let outcomes = Mutex<[RestartOutcome]>([])
        let work = Task {
            try await restart.restart(try await restart.candidates(scope).found, of: scope) { outcome in
                outcomes.withLock { $0.append(outcome) }
            }
        }
        while !late.isStored { await Task.yield() }
        work.cancel()
        await late.release()
        _ = await work.result
        let outcome = try #require(outcomes.withLock { $0.first })
        #expect(outcome.result == Bench.restarted)

        let restartAt = Timestamp(secondsSince1970: ObjectFixture.now)
        let ends = Mutex<[FollowOutcome.Result]>([])
        await FollowRestarts(bench.api, timeout: .zero).takeBack(
            [.init(outcome.id, restartAt: restartAt, before: outcome.before)]
        ) { end in
            ends.withLock { $0.append(end.result) }
        }
        #expect(ends.withLock { $0 } == [.takenBack])
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt == nil)
    }

    @Test(.timeLimit(.minutes(1))) func theLadderTakesItBackToo() async throws {
        let late = LateAnswer()
        let bench = bench(late)
        #expect(
            await lastStep(of: bench, late) == .interrupted(RolloutID(namespace: "shop", name: "web"), .takenBack))
        #expect(bench.cluster.object("rollouts", "shop/web")?.restartAt == nil)
    }

    @Test(.timeLimit(.minutes(1))) func theLadderSaysWhyItCannotTakeItBack() async throws {
        let late = LateAnswer()
        let bench = Bench([.rollout()], replicaSets: Self.sets) { request, _ in
            late.isStored && request.method == .patch
                ? .success(FakeCluster.failure(403, "Forbidden", "a webhook says no")) : nil
        } hold: {
            await late.hold($0, $1)
        }
        let last = await lastStep(of: bench, late)
        guard case .interrupted(_, .notRecovered(let why))? = last else {
            Issue.record("it was not said: \(String(describing: last))")
            return
        }
        #expect(why.contains("it could not be taken back: ") && why.contains("a webhook says no"))
    }

    /// What was stored is found by another read.
    @Test(.timeLimit(.minutes(1)), arguments: [true, false])
    func withoutAnAnswerItIsReadAgain(isReadable: Bool) async throws {
        let late = LateAnswer()
        let bench = Bench([.rollout()], replicaSets: Self.sets) { request, _ in
            late.isStored && !isReadable && request.method == .get ? .failure(.connectionLost("EOF")) : nil
        } hold: {
            await late.hold($0, $1)
        }
        var restart = RestartRollouts(bench.api, rule: HealRule(policy: .rule), settle: .zero)
        restart.grace = .milliseconds(1)
        let rollout = try #require(bench.cluster.object("rollouts", "shop/web")).decoded(as: Rollout.self)
        let work = Task { [restart] in
            await restart.one(rollout, of: Scope(namespace: "shop"), since: nil, after: nil)
        }
        while !late.isStored { await Task.yield() }
        work.cancel()
        let result = await work.value.result
        #expect(
            result
                == (isReadable
                    ? Bench.restarted : .failed(.outcomeUnknown(of: RolloutID(rollout), because: .api(.cancelled)))))
    }

    /// An interruption in the pause that the server has asked for: the patch is stored all the same.
    @Test(.timeLimit(.minutes(1))) func aPauseThatIsInterruptedForgetsNothing() async throws {
        let work = Mutex<Task<RestartOutcome, Never>?>(nil)
        let bench = Bench([.rollout()], replicaSets: Self.sets) { request, cluster in
            guard request.method == .patch else { return nil }
            var answer = FakeCluster.failure(504, "Timeout", "etcd")
            answer.headers.append("Retry-After", "1")
            _ = cluster.answer(request)
            work.withLock { $0?.cancel() }
            return .success(answer)
        }
        let restart = RestartRollouts(bench.api, rule: HealRule(policy: .rule), settle: .zero)
        let rollout = try #require(bench.cluster.object("rollouts", "shop/web")).decoded(as: Rollout.self)
        let running = work.withLock { work in
            let task = Task { await restart.one(rollout, of: Scope(namespace: "shop"), since: nil, after: nil) }
            work = task
            return task
        }
        #expect(await running.value.result == Bench.restarted)
    }

    /// Nothing has been sent to a server that cannot be reached: there is no answer to wait for.
    @Test(.timeLimit(.minutes(1))) func whatIsStillConnectingEndsAtOnce() async throws {
        let isConnecting = Mutex(false)
        let bench = Bench(
            [.rollout()], replicaSets: Self.sets,
            connect: { request in
                guard request.method == .patch else { return }
                isConnecting.withLock { $0 = true }
                while !Task.isCancelled { await Task.yield() }
            })
        let restart = RestartRollouts(bench.api, rule: HealRule(policy: .rule), settle: .zero)
        let rollout = try #require(bench.cluster.object("rollouts", "shop/web")).decoded(as: Rollout.self)
        let work = Task { await restart.one(rollout, of: Scope(namespace: "shop"), since: nil, after: nil) }
        while !isConnecting.withLock({ $0 }) { await Task.yield() }
        work.cancel()
        #expect(await work.value.result == .failed(.api(.cancelled)))
        #expect(bench.patches.isEmpty)
    }

    @Test func whatHasNotBegunDoesNotBegin() {
        let early = RestartRollouts.Delivery()
        #expect(!early.cancel() && !early.begin() && !early.hasBegun)
        let late = RestartRollouts.Delivery()
        #expect(late.begin() && late.cancel() && !late.begin() && late.hasBegun)
    }

    /// A pod may have been evicted meanwhile.
    @Test(arguments: [3600, 0]) func whatWasWrittenSinceIsLeftAndNamed(seconds: Int64) async throws {
        let written = ["managedFields": [ObjectFixture.written("f:status", seconds)]]
        let bench = Bench(
            [.rollout(spec: ["restartAt": ObjectFixture.ago(5)])],
            replicaSets: [ObjectFixture.replicaSet().merging(["metadata": written])])
        let restartAt = Timestamp(secondsSince1970: ObjectFixture.now - 5)
        let ends = Mutex<[FollowOutcome.Result]>([])
        await FollowRestarts(bench.api, timeout: .zero).takeBack(
            [.init(RolloutID(namespace: "shop", name: "web"), restartAt: restartAt)]
        ) { end in
            ends.withLock { $0.append(end.result) }
        }
        let left = FollowOutcome.Result.notRecovered(why: "interrupted; the restart continues")
        #expect(ends.withLock { $0 } == [seconds == 0 ? left : .takenBack])
    }
}
