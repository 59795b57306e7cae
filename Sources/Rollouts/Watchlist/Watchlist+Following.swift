internal import Formats

/// Follows restarts until they help or fail.
extension Watchlist {
    /// Tolerated clock difference: servers write whole seconds, each by its own clock.
    private static let clockSkew = Duration.seconds(5)

    /// Whether a restart with our count was requested recently and has not healed yet: by this process before it was
    /// restarted, by another replica, or by a user of this tool.
    func isOnItsWay(_ rollout: Rollout, now: Timestamp) -> Bool {
        guard let restartAt = recentRestart(of: rollout, now: now), endedRestarts[RolloutID(rollout)] != restartAt
        else { return false }
        if rollout.hasUnfinishedRestart || rollout.health.matches { return true }
        // Carried out: its pods are still starting, unless this is an update.
        return rollout.health.phase == Health.progressing && rollout.metadata.labels?[Marks.podHash] == rollout.podHash
    }

    /// Time of a restart with our count that may still be under way.
    private func recentRestart(of rollout: Rollout, now: Timestamp) -> Timestamp? {
        guard settings.heals, rollout.metadata.labels?[Marks.restarts] != nil, let restartAt = rollout.restartAt,
            restartAt <= now + Self.clockSkew,
            now - restartAt < settings.timeout
        else { return nil }
        return restartAt
    }

    /// Remembers a restart that has healed, followed or not.
    mutating func noteEnd(of rollout: Rollout, now: Timestamp) {
        guard let restartAt = recentRestart(of: rollout, now: now), rollout.restartedAt == restartAt,
            rollout.health.phase == Health.healthy
        else { return }
        endedRestarts[RolloutID(rollout)] = restartAt
    }

    /// Follows such a restart and occupies its namespace; reports it if it is an unanswered request of ours.
    private mutating func adopt(
        _ watched: inout WatchedCase, now: Timestamp, at uptime: Duration
    ) -> [Change] {
        let (id, rollout) = (watched.id, watched.rollout)
        guard watched.following == nil, watched.work != .restarting, let restartAt = rollout.restartAt,
            endedRestarts[id] != restartAt
        else { return [] }
        let isOurs = watched.past.unanswered.contains(restartAt)
        guard isOurs || isOnItsWay(rollout, now: now) else { return [] }
        var elapsed = now - restartAt
        // The time came from another clock: count from now.
        if !(.zero...settings.timeout).contains(elapsed) { elapsed = .zero }
        let attempt = rollout.metadata.labels?[Marks.restarts].flatMap { Int32($0) } ?? 0
        watched.following = WatchedCase.Following(
            restartAt: restartAt, attempt: Int(attempt), began: uptime - elapsed,
            deadline: uptime + settings.timeout - elapsed, isOurs: isOurs)
        if rollout.hasUnfinishedRestart, let generation = rollout.metadata.generation,
            !rollout.hasObserved(generation: generation)
        {
            breaker.asked(id, uid: rollout.metadata.uid, generation: generation, at: uptime - elapsed)
        }
        guard isOurs else {
            rate.adopt(id, at: uptime - elapsed)
            return []
        }
        watched.past.unanswered = []
        rate.occupy(id, at: uptime - elapsed)
        return [tellRestart(of: watched)]
    }

    /// Stores a case, unless it is over: Healthy, with nothing under way.
    mutating func conclude(
        _ seen: WatchedCase, now: Timestamp, at uptime: Duration
    ) -> [Change] {
        var watched = seen
        var changes = adopt(&watched, now: now, at: uptime)
        changes += follow(&watched, now: now, at: uptime)
        if watched.following == nil {
            // Another client may have requested another restart.
            changes += adopt(&watched, now: now, at: uptime)
            changes += follow(&watched, now: now, at: uptime)
        }
        changes += concludeRefresh(&watched, at: uptime)
        let isQuiet = !watched.rollout.isOfInterest || watched.rollout.isBeingDeleted
        let isHealthy = watched.rollout.health.phase == Health.healthy && isQuiet
        if isHealthy, watched.isFree, watched.told.diagnosis != nil, !changes.contains(where: { $0.kind == .recovered })
        {
            changes.append(recovery(of: watched, now: now))
        }
        if changes.contains(where: { $0.kind == .recovered }) { watched.told.diagnosis = nil }
        cases[watched.id] = isQuiet && watched.isFree && (isHealthy || watched.told.diagnosis == nil) ? nil : watched
        return changes
    }

    /// Reports a Rollout that became Healthy with no restart followed; a late restart may have helped.
    private func recovery(of watched: WatchedCase, now: Timestamp) -> Change {
        guard let late = watched.past.late, watched.rollout.restartedAt == late.restartAt else {
            return watched.change(.recovered, message: "Healthy without a restart by rollout-heal")
        }
        let taken = max(.zero, now - late.restartAt)
        var change = watched.change(
            .recovered,
            message: "Healthy \(taken.components.seconds) s after restart \(late.attempt), later than expected")
        change.attempt = late.attempt
        change.recovery = .init(by: .restart, duration: taken, evicted: late.pods)
        return change
    }

    /// Extends the deadline of a followed restart that has progressed.
    func progress(_ watched: inout WatchedCase, at uptime: Duration) {
        guard let began = watched.following?.began else { return }
        watched.following?.deadline = min(
            uptime + settings.timeout, began + settings.timeout * RestartProgress.mostTimes)
    }

    /// Notes a change of `status` before the restart is carried out; a new `observedGeneration` alone does not count.
    func noteProgress(_ watched: inout WatchedCase, since previous: Rollout, at uptime: Duration) {
        guard watched.following?.isCarriedOut == false else { return }
        if watched.rollout.status.hasProgressed(since: previous.status) { progress(&watched, at: uptime) }
    }

    /// Notes progress in the ReplicaSets.
    func noteProgress(_ watched: inout WatchedCase, _ evidence: Evidence, at uptime: Duration) {
        guard watched.following != nil, evidence != .forbidden else { return }
        let versions = evidence.versions(of: watched.rollout)
        if let before = watched.following?.versions, before != versions { progress(&watched, at: uptime) }
        watched.following?.versions = versions
    }

    /// Updates a followed restart: changed by another client, carried out, or healed.
    private mutating func follow(_ watched: inout WatchedCase, now: Timestamp, at uptime: Duration) -> [Change] {
        guard let following = watched.following else { return [] }
        let rollout = watched.rollout
        guard rollout.restartAt == following.restartAt else {
            endFollowing(&watched)
            if rollout.isOfInterest { watched.look(atLatest: uptime) }
            if rollout.restartAt == nil { beginCoolDown(of: rollout, at: uptime) }
            let asked = rollout.spec.restartAt.map { "changed to \($0)" } ?? "taken back"
            return [watched.change(.error, message: "restart \(following.attempt) was \(asked) by another client")]
        }
        guard rollout.restartedAt == following.restartAt else { return [] }
        if !following.isCarriedOut {
            watched.following?.isCarriedOut = true
            beginCoolDown(of: rollout, at: uptime)
        }
        guard rollout.health.phase == Health.healthy else { return [] }
        let taken = max(.zero, now - following.restartAt)
        var change = watched.change(
            .recovered, message: "Healthy \(taken.components.seconds) s after restart \(following.attempt)")
        change.recovery = .init(by: .restart, duration: taken, evicted: following.pods)
        endFollowing(&watched)
        return [change]
    }

    /// Reports slow restarts, and ends those that did not help in time.
    mutating func expire(at uptime: Duration) -> [Change] {
        var changes: [Change] = []
        let expired = cases.filter { $0.value.following.map { $0.deadline <= uptime } ?? false }.keys.sorted()
        for id in cases.keys.sorted() {
            guard let following = cases[id]?.following, !following.isToldSlow, following.deadline > uptime,
                uptime - following.began >= settings.timeout
            else { continue }
            cases[id]?.following?.isToldSlow = true
            if let watched = cases[id] {
                let taken = uptime - following.began
                changes.append(
                    watched.change(
                        .error,
                        message:
                            "restart \(following.attempt) is slow: still in progress after \(HumanDuration.text(taken))"
                    ))
            }
        }
        for id in expired {
            guard var watched = cases[id], let following = watched.following else { continue }
            let health = watched.rollout.health
            let progress = following.isCarriedOut ? "" : "it was not carried out, "
            var change = watched.change(
                .error,
                message: "restart \(following.attempt) did not help in time: \(progress)still \(health.phase)"
                    + (health.message.isEmpty ? "" : ": \(health.message)"))
            if health.phase == Health.healthy {
                change.kind = .recovered
                change.message = "Healthy, though restart \(following.attempt) is not carried out"
            } else {
                change.failure = .restartInVain
            }
            changes.append(change)
            watched.past.late = following
            endFollowing(&watched)
            if watched.rollout.isOfInterest { watched.look(atLatest: uptime) }
            cases[id] = health.phase == Health.healthy && !watched.rollout.isOfInterest ? nil : watched
        }
        return changes
    }

    mutating func endFollowing(_ watched: inout WatchedCase) {
        endedRestarts[watched.id] = watched.following?.restartAt
        watched.following = nil
        rate.finish(watched.id)
    }
}
