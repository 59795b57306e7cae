internal import Formats
internal import KubeClient
internal import Rollouts

/// Looks at one Rollout: waiting until it has come to rest, and once more to be sure.
extension HealRollouts {
    /// What a look found.
    struct Look {
        var rollout: Rollout
        var evidence: Evidence
        var diagnosis: Diagnosis?
        var now: Timestamp
        /// Our uptime when it was asked for.
        var askedAt: Duration
        /// What may be wrong, of objects that do not all say when they were written: looks that all show it prove it.
        var unproven: StaleLook?
        /// Our uptime when the first of those looks was over.
        var sameSince: Duration

        var stale: StaleLook? { diagnosis.map { StaleLook($0, of: rollout, evidence) } }
        /// Looks have still to show what no time does.
        var isUnproven: Bool { unproven != nil && diagnosis?.isControllersView != true }
    }

    /// How long one is waited for that changed just now.
    private static let longestUnsettled = Duration.seconds(30)
    private static let looksApart = Duration.seconds(2)
    /// A Rollout that changes all the time is not waited for longer.
    private static let mostLooks = 3

    /// Rollout and ReplicaSets as they are stored now; nil when it is gone, another one of that name, or of another application
    /// of Argo CD than was asked for.
    ///
    /// - Parameter before: the look before this one; where both show the same, the time between them counts.
    func look(
        at listed: Rollout, of scope: Scope, after before: Look? = nil
    ) async throws(RolloutHealError) -> Look? {
        let askedAt = await api.client.readyAt()
        let rollout: Rollout
        do throws(RolloutHealError) {
            rollout = try await api.rollout(
                namespace: listed.metadata.namespace ?? "", name: listed.metadata.name)
        } catch {
            if error.saysNotFound { return nil }
            throw error
        }
        guard rollout.metadata.uid == listed.metadata.uid, rollout.remaining(listed, of: scope) != nil else {
            return nil
        }
        let answers = try await api.answers(for: [rollout])
        let evidence = try (answers[RolloutID(rollout)] ?? .success(.notGiven)).get()
        let now = api.now
        let unproven = rollout.unprovenView(evidence)
        let sameSince =
            if let before, before.unproven == unproven { before.sameSince } else { api.time.uptime() }
        let isProven = unproven != nil && askedAt - sameSince >= .seconds(Rollout.longEnough)
        return Look(
            rollout: rollout, evidence: evidence,
            diagnosis: rollout.diagnosis(evidence, now: now, absentTimes: isProven ? .old : .young), now: now,
            askedAt: askedAt, unproven: unproven, sameSince: sameSince)
    }

    /// Waits while something changes just now, or while nothing but looks can tell whether it does; for a while.
    func settledLook(at listed: Rollout, of scope: Scope) async throws(RolloutHealError) -> Look? {
        let deadline = api.time.uptime() + Self.longestUnsettled
        var before: Look?
        while true {
            guard let look = try await look(at: listed, of: scope, after: before) else { return nil }
            let left = deadline - api.time.uptime()
            let isOver = options.dryRun != .none || left <= .zero
            if isSettled(look) || isOver { return look }
            before = look
            try await api.pause(min(Self.looksApart, left))
        }
    }

    /// Nobody is changing it just now: a write beside one of the controller's can cause the conflict that makes caches stale.
    func isSettled(_ look: Look) -> Bool {
        guard look.diagnosis != .unsettled, !look.isUnproven else { return false }
        return look.diagnosis != .stuck || options.force
            || look.rollout.isLongEnough(look.evidence, now: look.now, .old)
    }

    /// The same as `first`, so long after it; nil, with the outcome, where it does not stay the same.
    func secondLook(
        after first: Look, of scope: Scope, _ outcome: inout HealOutcome
    ) async throws(RolloutHealError) -> Look? {
        var before = first
        for _ in 1...Self.mostLooks {
            if options.dryRun == .none { try await api.pause(options.staleAfter) }
            guard let look = try await look(at: first.rollout, of: scope, after: before) else {
                outcome.result = .gone
                return nil
            }
            if look.stale == before.stale { return look }
            outcome.diagnosis = look.diagnosis
            if let result = heldBack(look) {
                outcome.result = result
                return nil
            }
            before = look
        }
        outcome.result = .held(gate: .settle, diagnosis: before.diagnosis, why: "it keeps changing")
        return nil
    }
}
