package import Formats

/// Results of the writes that ``judge`` requested.
extension Watchlist {
    /// Maximum delay between failed evidence reads (as client-go's reflector), and between refused writes.
    private static let longestBackoff = (look: Duration.seconds(30), write: Duration.seconds(60))
    /// Consecutive conflicts that are reported.
    private static let mostConflicts = 5
    /// Maximum number of unanswered restarts to remember; older ones have been stored or never will be.
    private static let mostOpen = 8

    /// Records a restart that the server accepted.
    ///
    /// - Parameter generation: generation of the Rollout with the restart in its spec, as the server answered.
    package mutating func restarted(
        _ looked: Rollout, restartAt: Timestamp, attempt: Int, generation: Int64?, now: Timestamp, at uptime: Duration
    ) -> [Change] {
        let id = RolloutID(looked)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else {
            rate.finish(id)
            return leaveBreaker(id, at: uptime)
        }
        breaker.asked(id, uid: looked.metadata.uid, generation: generation, at: uptime)
        // The controller may have observed it before the answer arrived.
        let opened = breaker.see(watched.rollout) ? openBreaker(at: uptime) : []
        watched.work = .none
        watched.failures = .init()
        watched.told.causes = []
        watched.view.settling = nil
        watched.past.unanswered = []
        watched.following = WatchedCase.Following(
            restartAt: restartAt, attempt: attempt, patched: looked.metadata.resourceVersion, began: uptime,
            deadline: uptime + settings.timeout, isOurs: true, pods: watched.current?.replicas)
        watched.past.late = nil
        rate.occupy(id, at: uptime)
        watched.schedule.clear()
        if watched.rollout.metadata.resourceVersion == looked.metadata.resourceVersion {
            watched.rollout.spec.restartAt = restartAt.rfc3339  // the watch has not delivered the change yet
        }
        let told = tellRestart(of: watched)
        return [told] + opened + conclude(watched, now: now, at: uptime)
    }

    /// The change that reports the followed restart.
    func tellRestart(of watched: WatchedCase) -> Change {
        let attempt = watched.following?.attempt ?? 0
        let message = "restart \(attempt) of at most \(settings.rule.maxRestarts) for this pod template"
        return watched.change(.restarted, message: message)
    }

    /// Records that nothing was written: the Rollout has changed since it was judged, or writing is no longer allowed.
    ///
    /// - Parameters:
    ///   - message: the server's error; nil reports nothing.
    ///   - isConflict: the server answered with a conflict; reported after ``mostConflicts`` in a row.
    ///   - after: minimum time to the next evidence read.
    package mutating func notWritten(
        _ looked: Rollout, _ message: String? = nil, isConflict: Bool = false, after: Duration = .zero, now: Timestamp,
        at uptime: Duration, random: Double
    ) -> [Change] {
        let id = RolloutID(looked)
        rate.giveBack(id)
        let opened = leaveBreaker(id, at: uptime)
        var message = message
        if var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid {
            watched.failures.conflicts = isConflict ? min(watched.failures.conflicts + 1, Self.mostConflicts) : 0
            if watched.failures.conflicts == Self.mostConflicts {
                message = "changed by another client on each of \(Self.mostConflicts) tries; nothing was written"
            }
            cases[id] = watched
        }
        return opened + retry(looked, message, isWrite: true, after: after, now: now, at: uptime, random: random)
    }

    /// Records that a restart was taken back, and begins the cool-down.
    package mutating func takenBack(_ looked: Rollout, now: Timestamp, at uptime: Duration) -> [Change] {
        let id = RolloutID(looked)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else { return [] }
        watched.work = .none
        watched.failures = .init()
        let asked = looked.spec.restartAt ?? ""
        let change = watched.change(
            .cancelled, message: "the restart of \(asked) showed no progress: it was taken back, no pod was evicted"
        )
        if watched.following != nil { endFollowing(&watched) }
        endedRestarts[id] = looked.restartAt
        beginCoolDown(of: looked, at: uptime)
        if watched.rollout.metadata.resourceVersion == looked.metadata.resourceVersion {
            watched.rollout.spec.restartAt = nil  // the watch has not delivered the change yet
        }
        watched.look(atLatest: uptime + .seconds(1))
        return [change] + conclude(watched, now: now, at: uptime)
    }

    /// Schedules a restart that could not be taken back for another read; reports the failure once.
    ///
    /// - Parameter message: the error; nil reports nothing.
    package mutating func takeBackFailed(
        _ looked: Rollout, _ message: String?, after: Duration = .zero, now: Timestamp, at uptime: Duration,
        random: Double
    ) -> [Change] {
        let text = message.map { "the restart could not be taken back: \($0)" }
        return retry(looked, text, isWrite: true, after: after, now: now, at: uptime, random: random)
    }

    /// Time until a gate that closed right before the write is evaluated again.
    private static let heldFor = Duration.seconds(60)

    /// Records that a gate evaluated right before the write held the restart back; nothing was written.
    package mutating func heldBack(
        _ looked: Rollout, _ reading: Reading, now: Timestamp, at uptime: Duration
    ) -> [Change] {
        let id = RolloutID(looked)
        rate.giveBack(id)
        let opened = leaveBreaker(id, at: uptime)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else { return opened }
        watched.work = .none
        watched.finding?.verdict.heldBy = reading
        watched.look(atLatest: uptime + Self.heldFor)
        watched.schedule.notBefore = uptime + .seconds(1)
        let changes = watched.tellOnce(reading.gate, reading.reason)
        return opened + changes + conclude(watched, now: now, at: uptime)
    }

    /// Records a failed write; as far as is known, nothing was written.
    ///
    /// - Parameter sent: the requested restart, which the server may still store.
    package mutating func restartFailed(
        _ looked: Rollout, _ message: String, sent: Timestamp? = nil, after: Duration = .zero, now: Timestamp,
        at uptime: Duration, random: Double
    ) -> [Change] {
        let id = RolloutID(looked)
        rate.finish(id)
        // If the server stores it after all, the Rollout shows it.
        let opened = leaveBreaker(id, at: uptime)
        if var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid {
            watched.failures.conflicts = 0
            if let sent { watched.past.unanswered = watched.past.unanswered.suffix(Self.mostOpen - 1) + [sent] }
            cases[id] = watched
        }
        let failed = retry(looked, message, isWrite: true, after: after, now: now, at: uptime, random: random)
        return opened
            + failed.map { change in
                var change = change
                if change.kind == .error { change.failure = .restartNotWritten }
                return change
            }
    }

    /// Schedules another evidence read, backing off with each consecutive failure; reports a failure once.
    mutating func retry(
        _ looked: Rollout, _ message: String?, isWrite: Bool, after: Duration = .zero, now: Timestamp,
        at uptime: Duration, random: Double
    ) -> [Change] {
        let id = RolloutID(looked)
        guard var watched = cases[id], watched.rollout.metadata.uid == looked.metadata.uid else { return [] }
        watched.work = .none
        watched.schedule.waitsForRate = false
        if isWrite { watched.failures.writes += 1 } else { watched.failures.looks += 1 }
        let failures = max(watched.failures.looks, watched.failures.writes)
        let doubled = Duration.milliseconds(200) * (1 << min(failures, 10))
        watched.schedule.clear()
        let longest = watched.failures.writes > 0 ? Self.longestBackoff.write : Self.longestBackoff.look
        watched.look(atLatest: uptime + min(doubled, longest) * (1 + random))
        watched.schedule.notBefore = uptime + after
        var changes: [Change] = []
        if let message, watched.failures.told?.message != message {
            watched.failures.told = .init(message: message, isOfWrite: isWrite)
            changes.append(watched.change(.error, message: message))
        }
        return changes + conclude(watched, now: now, at: uptime)
    }
}
