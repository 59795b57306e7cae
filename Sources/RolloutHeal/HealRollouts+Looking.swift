internal import Formats
internal import KubeClient
internal import Rollouts

/// Evidence reads of one Rollout: waiting until it is settled, and reading again to confirm.
extension HealRollouts {
    /// The result of one evidence read.
    struct Look {
        var rollout: Rollout
        var evidence: Evidence
        var diagnosis: Diagnosis?
        var now: Timestamp
        /// The uptime when it was requested.
        var askedAt: Duration
        /// A possible stale view that the objects' write times do not date; repeated reads that all show it prove it.
        var unproven: StaleLook?
        /// The uptime after the first of the reads with the same ``unproven``.
        var sameSince: Duration

        var stale: StaleLook? { diagnosis.map { StaleLook($0, of: rollout, evidence) } }
        /// Whether only repeated reads can prove the view, because no write time does.
        var isUnproven: Bool { unproven != nil && diagnosis?.isControllersView != true }
    }

    /// How long to wait for a Rollout that has just changed.
    private static let longestUnsettled = Duration.seconds(30)
    private static let looksApart = Duration.seconds(2)
    /// The number of reads after which a Rollout that keeps changing is left alone.
    private static let mostLooks = 3

    /// Reads the Rollout and its ReplicaSets from the API server.
    ///
    /// Returns nil if it is gone, was recreated, or left the requested Argo CD application.
    ///
    /// - Parameter before: the previous read; if both show the same, the time between them counts.
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
        let isProven = unproven != nil && askedAt - sameSince >= Rollout.longEnough
        return Look(
            rollout: rollout, evidence: evidence,
            diagnosis: rollout.diagnosis(evidence, now: now, absentTimes: isProven ? .old : .young), now: now,
            askedAt: askedAt, unproven: unproven, sameSince: sameSince)
    }

    /// Reads until nothing has changed recently and the view is proven, for at most 30 s.
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

    /// Whether nothing has changed recently: a write next to one of the controller's can cause the conflict that makes
    /// caches stale.
    func isSettled(_ look: Look) -> Bool {
        guard look.diagnosis != .unsettled, !look.isUnproven else { return false }
        return look.diagnosis != .stuck || options.force
            || look.rollout.isLongEnough(look.evidence, now: look.now, .old)
    }

    /// Reads again after `staleAfter` until two reads agree; nil, with the outcome set, if they do not.
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
            // A gate may have closed since: the Rollout has opted out, or the window has ended.
            let held = heldBack(look)
            if held == nil, look.stale == before.stale { return look }
            outcome.diagnosis = look.diagnosis
            if let held {
                outcome.result = held
                return nil
            }
            before = look
        }
        outcome.result = .held(gate: .settle, diagnosis: before.diagnosis, why: "it keeps changing")
        return nil
    }
}
