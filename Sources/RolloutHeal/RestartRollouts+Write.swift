internal import KubeClient
internal import Rollouts

/// The write: one patch with its precondition, never sent again without another look.
extension RestartRollouts {
    enum Attempt: Sendable {
        case done(RestartOutcome.Result)
        /// As far as is known nothing was written: everything is to be judged anew.
        case again(Again)
    }

    /// Why a patch has to be judged anew, and how long to wait before.
    struct Again: Sendable {
        enum Reason: Sendable {
            /// The Rollout has changed since it was judged.
            case moved
            /// The evidence had grown too old before it could be sent, or we may no longer write.
            case overtaken
            /// The server asked to come again later.
            case busy
            /// The answer is lost, or the server failed.
            case unknown
        }

        var reason: Reason
        var error: RolloutHealError?
        var pause: Duration
        /// What may land yet.
        var sent: RestartPatch?
    }

    /// Seconds. A moment that is further off would hold back every restart after it, or none.
    private static let farthestClocks: Int64 = 24 * 3600

    /// A restart that is sent later after its evidence was asked for would rest on pods that may have died since: a
    /// plugin may take minutes for a credential, and a machine may sleep.
    static let longestProof = Duration.seconds(30)

    /// Sends one patch for what `rollout` was judged on.
    ///
    /// - Parameters:
    ///   - askedAt: our uptime when its evidence was asked for.
    ///   - mayWrite: asked right before the patch is sent.
    func restart(
        _ rollout: Rollout, askedAt: Duration, mayWrite: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> Attempt {
        let lead = api.client.clock.lead
        if lead.magnitude > Self.farthestClocks { throw .clocksApart(seconds: lead) }
        guard let patch = RestartPatch.restart(rollout, now: api.now) else {
            throw .undecodable(
                kind: "Rollout", name: rollout.metadata.name, what: "metadata lacks uid or resourceVersion")
        }
        if dryRun == .client { return .done(patch.outcome(rollout)) }
        let uptime = api.time.uptime
        let written = try await write(patch, to: rollout) { uptime() - askedAt <= Self.longestProof && mayWrite() }
        var again: Again
        switch written {
        case .done(let stored): return .done(patch.outcome(stored))
        case .again(let later): again = later
        }
        if again.reason == .overtaken, uptime() - askedAt <= Self.longestProof { again.error = nil }
        if again.reason == .unknown {
            again.sent = patch
            if let after = try? await reread(rollout), patch.hasLanded(in: after) {
                return .done(patch.outcome(after))
            }
        }
        return .again(again)
    }

    enum Written: Sendable {
        /// The patch was accepted: the Rollout as it is stored now.
        case done(Rollout)
        case again(Again)
    }

    func write(
        _ patch: RestartPatch, to rollout: Rollout, isStillWanted: @escaping @Sendable () -> Bool = { true }
    ) async throws(RolloutHealError) -> Written {
        let random = api.time.random()
        do throws(KubeError) {
            let answer = try await api.send(
                patch, to: rollout, isDryRun: dryRun == .server, isStillWanted: isStillWanted)
            if patch.hasLanded(in: answer) { return .done(answer) }
            throw .malformed(what: "it does not have the change", url: rollout.metadata.name)
        } catch {
            if let after = error.status?.retryAfter {
                return .again(Again(reason: .busy, error: .api(error), pause: after + .seconds(random * 0.2)))
            }
            if error == .overtaken {
                let late = RolloutHealError.tooSlow(name: rollout.metadata.name, limit: Self.longestProof)
                return .again(Again(reason: .overtaken, error: late, pause: .zero))
            }
            // A uid that is another's is an immutable field to the server: the object was made anew.
            let isAnother =
                if error.status?.code == 422 {
                    (try? await reread(rollout)).map { $0.metadata.uid != patch.uid } ?? false
                } else {
                    false
                }
            if error.status?.code == 409 || isAnother {
                return .again(Again(reason: .moved, pause: .milliseconds(10 + Int(random * 10))))
            }
            guard error.leavesOutcomeOpen, dryRun == .none else { throw .api(error) }
            return .again(Again(reason: .unknown, error: .api(error), pause: .seconds(1 + random)))
        }
    }

    /// How often one Rollout may be judged anew.
    struct Bounds {
        /// A conflict, old evidence, or a lost answer: the world moves, or the server is in trouble.
        private static let maxTries = 5
        /// client-go `rest/with_retry.go`.
        private static let maxWaits = 10

        private let name: String
        /// `--request-timeout`: what is waited for a busy server counts as one request.
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

/// Restarts that were asked for without an answer: they may land as long as nobody has changed the Rollout.
struct OpenRestarts {
    private var sent: [RestartPatch] = []

    var isEmpty: Bool { sent.isEmpty }

    mutating func insert(_ patch: RestartPatch) {
        sent.append(patch)
    }

    /// The outcome of the one that `rollout` shows to have landed.
    func found(in rollout: Rollout) -> RestartOutcome.Result? {
        sent.first { $0.hasLanded(in: rollout) }?.outcome(rollout)
    }
}

extension RestartPatch {
    /// Once `stored` has it.
    fileprivate func outcome(_ stored: Rollout) -> RestartOutcome.Result {
        guard let restartAt else { return .cancelled }
        return .restarted(at: restartAt, attempt: attempt?.count ?? 0, generation: stored.metadata.generation)
    }

    fileprivate func hasLanded(in rollout: Rollout) -> Bool {
        uid == rollout.metadata.uid && restartAt == rollout.restartAt
    }
}
