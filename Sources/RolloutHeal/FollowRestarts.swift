package import Formats
internal import KubeClient
package import Rollouts

/// Follows restarts until they heal or time out; one without any effect is taken back.
///
/// A restart that progresses pod by pod is followed as long as it does.
package struct FollowRestarts: Sendable {
    /// A restart to follow.
    package struct Restart: OfRollout, Sendable, Hashable {
        package var id: RolloutID
        package var restartAt: Timestamp
        /// The resourceVersions of its ReplicaSets when it was requested, by uid; if nil, those of the first read are
        /// used.
        package var before: [String: String]?

        package init(_ id: RolloutID, restartAt: Timestamp, before: [String: String]? = nil) {
            self.id = id
            self.restartAt = restartAt
            self.before = before
        }
    }

    /// The current state of a Rollout whose restart is followed.
    package struct Progress: Sendable, Equatable {
        package var restart: Restart
        package var phase: String
        /// From the live current ReplicaSet, because the Rollout's own count is wrong during the bug; nil if it was not
        /// read.
        package var readyReplicas: Int64?
        package var desiredReplicas: Int64
    }

    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(5)
    /// The time limit for one read, which is then repeated.
    private static let longestLook = Duration.seconds(10)
    /// Limits all reads together to 20 per second; each restart begins this much after the one before.
    private static let pausePerRestart = Duration.milliseconds(50)

    private let api: RolloutAPI
    /// The time limit without progress.
    private let timeout: Duration

    package init(_ api: RolloutAPI, timeout: Duration) {
        self.api = api
        self.timeout = timeout
    }

    /// Follows `restarts` and passes each outcome to `report`.
    ///
    /// With `progress`, their ReplicaSets are read too, and it receives each intermediate state. If the task is
    /// cancelled, restarts without effect are taken back and reported before the error is thrown.
    ///
    /// - Throws: ``RolloutHealError/api(_:)`` with `cancelled`.
    package func follow(
        _ restarts: [Restart], progress: (@Sendable (Progress) async -> Void)? = nil,
        report: @escaping @Sendable (FollowOutcome) async -> Void
    ) async throws(RolloutHealError) {
        let pause = max(Self.shortestPause, Self.pausePerRestart * restarts.count)
        let inTurn = Array(restarts.enumerated())
        _ = try await inParallel(inTurn, limit: max(restarts.count, 1)) {
            turn, restart async throws(RolloutHealError) in
            var before = restart.before
            let result: FollowOutcome.Result
            do throws(RolloutHealError) {
                try await api.pause(min(Self.pausePerRestart * turn, timeout))
                let end = try await follow(restart, &before, pause: pause, progress: progress)
                if case .notRecovered(let why, isOver: false) = end {
                    result = try await takenBack(restart, since: before, orElse: why)
                } else {
                    result = end.outcome
                }
            } catch {
                // In a separate task, because this one is cancelled, and its requests with it.
                let end = await Task { [before] in await interrupted(restart, since: before) }.value
                await report(FollowOutcome(id: restart.id, result: end))
                throw error
            }
            await report(FollowOutcome(id: restart.id, result: result))
        }
    }

    /// Takes back those of `restarts` that had no effect, for a caller that is interrupted before following them.
    package func takeBack(_ restarts: [Restart], report: @escaping @Sendable (FollowOutcome) async -> Void) async {
        _ = try? await inParallel(restarts) { restart async throws(RolloutHealError) in
            await report(FollowOutcome(id: restart.id, result: await interrupted(restart, since: restart.before)))
        }
    }

    /// The end of an interrupted restart that had an effect.
    package static let continues = "interrupted; the restart continues"

    /// Takes back an interrupted restart if it had no effect; says why if it continues.
    private func interrupted(_ restart: Restart, since before: [String: String]?) async -> FollowOutcome.Result {
        (try? await takenBack(restart, since: before, orElse: Self.continues)) ?? .notRecovered(why: Self.continues)
    }

    private func takenBack(
        _ restart: Restart, since before: [String: String]?, orElse why: String
    ) async throws(RolloutHealError) -> FollowOutcome.Result {
        do throws(RolloutHealError) {
            return try await takenBack(restart, since: before) ?? .notRecovered(why: why)
        } catch .api(.cancelled) {
            throw .api(.cancelled)
        } catch {
            return .notRecovered(why: "\(why); it could not be taken back: \(error.message)")
        }
    }

    private enum End {
        case recovered(after: Duration)
        /// - isOver: nothing is armed any more.
        case notRecovered(why: String, isOver: Bool)

        var outcome: FollowOutcome.Result {
            switch self {
            case .recovered(let duration): .recovered(after: duration)
            case .notRecovered(let why, _): .notRecovered(why: why)
            }
        }
    }

    private func follow(
        _ restart: Restart, _ before: inout [String: String]?, pause first: Duration,
        progress: (@Sendable (Progress) async -> Void)?
    ) async throws(RolloutHealError) -> End {
        let start = api.time.uptime()
        var deadline = start + timeout
        var pause = first
        let nothing = "no result was observed"
        var lastSeen = nothing
        var status: Rollout.Status?
        while true {
            let api = api.promptly(max(min(deadline - api.time.uptime(), Self.longestLook), .seconds(1)))
            do throws(RolloutHealError) {
                let rollout = try await api.rollout(namespace: restart.namespace, name: restart.name)
                if let result = Self.result(of: restart, rollout, now: api.now) { return result }
                lastSeen = Self.shown(rollout)
                if let status, rollout.status.hasProgressed(since: status) {
                    deadline = min(api.time.uptime() + timeout, start + timeout * RestartProgress.mostTimes)
                }
                status = rollout.status
                if progress != nil || before == nil {
                    let answers = try? await api.answers(for: [rollout])
                    let evidence = try? answers?[RolloutID(rollout)]?.get()
                    if before == nil { before = evidence?.versions(of: rollout) }
                    let current = evidence?.current(of: rollout)
                    await progress?(
                        Progress(
                            restart: restart, phase: rollout.health.phase,
                            readyReplicas: current.map { $0.status.readyReplicas ?? 0 },
                            desiredReplicas: rollout.desiredReplicas))
                }
            } catch .api(.cancelled) {
                throw .api(.cancelled)
            } catch .api(.status(let status)) where status.code == 404 {
                return .notRecovered(why: "it was deleted", isOver: true)
            } catch {
                // An unavailable server is no failed restart; an error at the deadline does not replace the last known
                // state.
                if api.time.uptime() < deadline || lastSeen == nothing { lastSeen = error.message }
            }
            let left = deadline - api.time.uptime()
            guard left > .zero else { return .notRecovered(why: lastSeen, isOver: false) }
            try await api.pause(min(pause, left))
            pause = max(first, min(pause * 1.5, Self.longestPause))
        }
    }

    /// Takes the restart back if it had no effect, that is, no ReplicaSet was written since; nil if it continues.
    private func takenBack(
        _ restart: Restart, since before: [String: String]?
    ) async throws(RolloutHealError) -> FollowOutcome.Result? {
        // The user may be waiting for the program to exit.
        let api = api.promptly(Self.longestLook)
        let rollout = try await api.rollout(namespace: restart.namespace, name: restart.name)
        guard rollout.restartAt == restart.restartAt, rollout.hasUnfinishedRestart else { return nil }
        let answers = try await api.answers(for: [rollout])
        guard case .success(let evidence)? = answers[RolloutID(rollout)], evidence != .forbidden,
            before.map({ evidence.versions(of: rollout) == $0 })
                ?? evidence.isUnchanged(of: rollout, since: restart.restartAt)
        else { return nil }
        let outcome = await RestartRollouts(api, rule: HealRule()).cancel(restart.id, only: restart.restartAt)
        if case .failed(let error) = outcome.result { throw error }
        return outcome.result == .cancelled ? .takenBack : nil
    }

    /// Returns nil while the restart is in progress.
    private static func result(of restart: Restart, _ rollout: Rollout, now: Timestamp) -> End? {
        guard rollout.restartAt == restart.restartAt else {
            return .notRecovered(
                why: "spec.restartAt was changed to \(rollout.spec.restartAt ?? "nothing")", isOver: true)
        }
        guard rollout.restartedAt == restart.restartAt, rollout.health.phase == Health.healthy else { return nil }
        return .recovered(after: max(.zero, now - restart.restartAt))
    }

    private static func shown(_ rollout: Rollout) -> String {
        let progress = rollout.hasUnfinishedRestart ? "the restart was not carried out" : "restarted"
        let message = rollout.health.message
        return "\(progress), still \(rollout.health.phase)" + (message.isEmpty ? "" : ": \(message)")
    }
}
