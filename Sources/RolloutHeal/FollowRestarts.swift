internal import KubeClient
package import Rollouts

/// Follows restarts to their end: restarted and Healthy, or not in time.
package struct FollowRestarts: Sendable {
    /// A restart to follow.
    package struct Restart: Sendable, Hashable {
        package var namespace: String
        package var name: String
        package var restartAt: Timestamp

        package init(namespace: String, name: String, restartAt: Timestamp) {
            self.namespace = namespace
            self.name = name
            self.restartAt = restartAt
        }
    }

    /// What a Rollout that is being followed looks like at the moment.
    package struct Progress: Sendable, Equatable {
        package var restart: Restart
        package var phase: String
        /// Of the live current ReplicaSet: the Rollout's own count is wrong while the bug lasts. Nil where it cannot be read.
        package var readyReplicas: Int64?
        package var desiredReplicas: Int64
    }

    private static let shortestPause = Duration.seconds(1)
    private static let longestPause = Duration.seconds(5)
    /// A look that takes longer is given up; the next one may be luckier.
    private static let longestLook = Duration.seconds(10)
    /// With many to follow, at most 20 looks a second in all: each begins its looks a little later than the one before.
    private static let pausePerRestart = Duration.milliseconds(50)

    private let api: RolloutAPI
    private let timeout: Duration

    package init(_ api: RolloutAPI, timeout: Duration) {
        self.api = api
        self.timeout = timeout
    }

    /// Gives each outcome to `report` as it comes, and to `progress` what was seen of those still on their way,
    /// for which their ReplicaSets are read too.
    package func callAsFunction(
        _ restarts: [Restart], progress: (@Sendable (Progress) async -> Void)? = nil,
        report: @escaping @Sendable (FollowOutcome) async -> Void
    ) async throws(RolloutHealError) {
        let deadline = api.time.uptime() + timeout
        let pause = max(Self.shortestPause, Self.pausePerRestart * restarts.count)
        let inTurn = Array(restarts.enumerated())
        _ = try await inParallel(inTurn, limit: max(restarts.count, 1)) {
            turn, restart async throws(RolloutHealError) in
            try await api.pause(min(Self.pausePerRestart * turn, timeout))
            let result = try await follow(restart, until: deadline, pause: pause, progress: progress)
            await report(FollowOutcome(namespace: restart.namespace, name: restart.name, result: result))
        }
    }

    private func follow(
        _ restart: Restart, until deadline: Duration, pause first: Duration,
        progress: (@Sendable (Progress) async -> Void)?
    ) async throws(RolloutHealError) -> FollowOutcome.Result {
        var pause = first
        let nothing = "nothing was heard of it"
        var lastSeen = nothing
        while true {
            let api = api.promptly(max(min(deadline - api.time.uptime(), Self.longestLook), .seconds(1)))
            do throws(RolloutHealError) {
                let rollout = try await api.rollout(namespace: restart.namespace, name: restart.name)
                if let result = Self.result(of: restart, rollout, now: api.now) { return result }
                lastSeen = Self.shown(rollout)
                if let progress {
                    let answers = try? await api.answers(for: [rollout])
                    let current = try? answers?[RolloutID(rollout)]?.get().current(of: rollout)
                    await progress(
                        Progress(
                            restart: restart, phase: rollout.health.phase,
                            readyReplicas: current.map { $0.status.readyReplicas ?? 0 },
                            desiredReplicas: rollout.desiredReplicas))
                }
            } catch .api(.cancelled) {
                throw .api(.cancelled)
            } catch .api(.status(let status)) where status.code == 404 {
                return .notRecovered(why: "it was deleted")
            } catch {
                // A server that is away for a while is no failed restart; a look that the end of the time cuts off is no news.
                if api.time.uptime() < deadline || lastSeen == nothing { lastSeen = error.message }
            }
            let left = deadline - api.time.uptime()
            guard left > .zero else { return .notRecovered(why: lastSeen) }
            try await api.pause(min(pause, left))
            pause = max(first, min(pause * 1.5, Self.longestPause))
        }
    }

    /// Nil while it is on its way.
    private static func result(of restart: Restart, _ rollout: Rollout, now: Timestamp) -> FollowOutcome.Result? {
        guard rollout.restartAt == restart.restartAt else {
            return .notRecovered(why: "spec.restartAt was changed to \(rollout.spec.restartAt ?? "nothing")")
        }
        guard rollout.restartedAt == restart.restartAt, rollout.health.phase == Health.healthy else { return nil }
        return .recovered(seconds: max(0, now.seconds(since: restart.restartAt)))
    }

    private static func shown(_ rollout: Rollout) -> String {
        let progress = rollout.hasUnfinishedRestart ? "the restart is not carried out" : "restarted"
        let message = rollout.health.message
        return "\(progress), still \(rollout.health.phase)" + (message.isEmpty ? "" : ": \(message)")
    }
}
