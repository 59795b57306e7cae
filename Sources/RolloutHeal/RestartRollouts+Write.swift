internal import KubeClient
internal import Rollouts
internal import Synchronization

/// The write: one patch with a precondition, resent only after a new evidence read.
extension RestartRollouts {
    enum Attempt: Sendable {
        case done(RestartOutcome.Result)
        /// Nothing was written as far as is known: judge everything again.
        case again(Again)
    }

    /// Why a patch was not written for certain, and how long to wait before judging again.
    struct Again: Sendable {
        enum Reason: Sendable {
            /// The Rollout has changed since it was judged.
            case moved
            /// When the patch could be sent, the evidence was too old, the window had ended, or the caller might no longer
            /// write.
            case overtaken
            /// The server asked for a later retry.
            case busy
            /// The response was lost, or the server failed.
            case unknown
        }

        var reason: Reason
        var error: RolloutHealError?
        var pause: Duration
        /// The patch that may still be stored.
        var sent: RestartPatch?
    }

    /// The maximum age of the evidence when the patch is sent: a plugin may need minutes for a credential, and a
    /// machine may be suspended.
    static let longestProof = Duration.seconds(30)

    /// Sends one patch for the state in which `rollout` was judged.
    ///
    /// - Parameters:
    ///   - askedAt: the uptime when its evidence was requested.
    ///   - mayWrite: called right before the patch is sent.
    /// - Throws: ``RolloutHealError`` if the server refuses, or the clocks are more than 24 h apart.
    func restart(
        _ rollout: Rollout, askedAt: Duration, mayWrite: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> Attempt {
        if let clockError = api.clockError { throw clockError }
        guard let patch = RestartPatch.restart(rollout, now: api.now) else {
            throw .undecodable(
                kind: "Rollout", name: rollout.metadata.name, what: "metadata lacks uid or resourceVersion")
        }
        if dryRun == .client { return .done(patch.outcome(rollout)) }
        let uptime = api.time.uptime
        let isTooOld = Atomic(false)
        let written = try await write(patch, to: rollout) { [api, rule] in
            guard rule.windows.isOpen(at: api.now), mayWrite() else { return false }
            if uptime() - askedAt <= Self.longestProof { return true }
            isTooOld.store(true, ordering: .relaxed)
            return false
        }
        var again: Again
        switch written {
        case .done(let stored): return .done(patch.outcome(stored))
        case .again(let later): again = later
        }
        if again.reason == .overtaken, !isTooOld.load(ordering: .relaxed) { again.error = nil }
        if again.reason == .unknown {
            again.sent = patch
            if let after = try? await reread(rollout), patch.hasLanded(in: after) {
                return .done(patch.outcome(after))
            }
        }
        return .again(again)
    }

    enum Written: Sendable {
        /// The patch was accepted: the Rollout as stored.
        case done(Rollout)
        case again(Again)
    }

    func write(
        _ patch: RestartPatch, to rollout: Rollout, isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> Written {
        let random = api.time.random()
        let delivery = Delivery()
        do throws(KubeError) {
            let answer = try await deliver(patch, to: rollout, by: delivery, isStillWanted: isStillWanted)
            if patch.hasLanded(in: answer) { return .done(answer) }
            throw .malformed(what: "it does not have the change", url: rollout.metadata.name)
        } catch {
            if error.status?.code == 429, let after = error.status?.retryAfter {
                return .again(Again(reason: .busy, error: .api(error), pause: after + .seconds(random * 0.2)))
            }
            if error == .overtaken {
                let late = RolloutHealError.tooSlow(name: rollout.metadata.name, limit: Self.longestProof)
                return .again(Again(reason: .overtaken, error: late, pause: .zero))
            }
            // The server treats another uid as a change of an immutable field: the object was recreated.
            let isAnother =
                if error.status?.code == 422 {
                    (try? await reread(rollout)).map { $0.metadata.uid != patch.uid } ?? false
                } else {
                    false
                }
            if error.status?.code == 409 || isAnother {
                return .again(Again(reason: .moved, pause: .milliseconds(10 + Int(random * 10))))
            }
            // Cancelled although sent: no answer came within the grace.
            if error == .cancelled, delivery.hasBegun, dryRun == .none {
                return .again(Again(reason: .unknown, error: .api(error), pause: .zero))
            }
            guard error.leavesOutcomeOpen, dryRun == .none else { throw .api(error) }
            if let asked = error.status?.retryAfter {
                // Even if it is interrupted: the patch may be stored.
                try? await api.pause(min(asked, api.client.requestTimeout ?? asked))
            }
            return .again(Again(reason: .unknown, error: .api(error), pause: .seconds(1 + random)))
        }
    }

    /// Limits how often one Rollout is judged again.
    struct Bounds {
        /// The limit for conflicts, outdated evidence and lost responses.
        private static let maxTries = 5
        /// client-go `rest/with_retry.go`.
        private static let maxWaits = 10

        private let name: String
        /// The rest of `--request-timeout`: all waits for a busy server count as one request.
        private var left: Duration?
        private var tries = 0
        private var waits = 0

        init(name: String, _ api: RolloutAPI) {
            self.name = name
            left = api.client.requestTimeout
        }

        mutating func count(_ again: Again) throws(RolloutHealError) {
            if again.reason == .busy {
                waits += 1
                left = left.map { $0 - again.pause }
            } else {
                tries += 1
            }
            guard tries == Self.maxTries || waits == Self.maxWaits || left ?? .seconds(1) <= .zero else { return }
            throw again.error ?? .keepsChanging(name: name, tries: Self.maxTries)
        }
    }
}

/// Restarts without a response: they may be stored as long as the Rollout is unchanged.
struct OpenRestarts {
    private var sent: [RestartPatch] = []

    var isEmpty: Bool { sent.isEmpty }

    mutating func insert(_ patch: RestartPatch) {
        sent.append(patch)
    }

    /// The outcome of the restart that `rollout` contains, if any.
    func found(in rollout: Rollout) -> RestartOutcome.Result? {
        sent.first { $0.hasLanded(in: rollout) }?.outcome(rollout)
    }
}

extension RestartPatch {
    /// The outcome after `stored` contains the patch.
    fileprivate func outcome(_ stored: Rollout) -> RestartOutcome.Result {
        guard let restartAt else { return .cancelled }
        return .restarted(at: restartAt, attempt: attempt?.count ?? 0, generation: stored.metadata.generation)
    }

    fileprivate func hasLanded(in rollout: Rollout) -> Bool {
        uid == rollout.metadata.uid && restartAt == rollout.restartAt
    }
}
