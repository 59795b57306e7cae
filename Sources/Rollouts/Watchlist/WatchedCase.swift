/// One Rollout in trouble: what was seen of it, and what is to happen next.
struct WatchedCase: Sendable {
    /// A restart that is followed to its end.
    struct Following: Sendable, Equatable {
        var restartAt: Timestamp
        var attempt: Int
        /// The version that our own patch was written on: whoever shows it shows what was before.
        var patched: String?
        /// Uptime at which it has not helped.
        var deadline: Duration
        var isCarriedOut = false
    }

    /// The last version that was seen, as far as the rule reads it.
    var rollout: Rollout {
        didSet { note(rollout) }
    }
    /// The base rule matches.
    private(set) var matches = false
    private(set) var since: Timestamp?
    /// As of the last look; nil before the first, and while the rule does not match.
    var verdict: Verdict?
    var explanation = ""
    var current: ReplicaSet.Status?

    /// The first of the looks that all gave the same, and its uptime.
    var settling: (look: Settle, at: Duration)?
    var lastLook: Duration?
    /// Uptime of the next look; nil waits for a change.
    var nextLook: Duration?
    /// Uptime before which the server does not want to be asked, whatever happens.
    var notBefore = Duration.zero
    /// Looks since it changed.
    var quietLooks = 0
    /// A look or a write is under way.
    var isBusy = false
    /// It is a write.
    var isWriting = false
    var waitsForRate = false
    /// Looks that failed in a row.
    var failures = 0
    /// Writes that failed in a row, with looks between them that did not; a change begins anew.
    var failedWrites = 0
    /// Writes in a row that the server refused because it had changed.
    var conflicts = 0
    var following: Following?
    /// The last restarts that were asked for without an answer: they may land yet.
    var open: [Timestamp] = []

    /// The diagnosis that was told.
    var told: Diagnosis?
    /// What was told to hold the restart back.
    var toldCauses: Set<String> = []
    var toldFailure: String?
    /// The failure that was told is one of a write: a look that succeeds does not end it.
    var failsToWrite = false

    init(_ rollout: Rollout) {
        self.rollout = rollout
        note(rollout)
    }

    /// What is counted again and again is read from text once.
    private mutating func note(_ rollout: Rollout) {
        matches = rollout.health.matches
        since = rollout.since
    }
}

extension Rollout {
    /// Without what the rule does not read: thousands of these are kept while a storm lasts.
    var trimmed: Rollout {
        var kept = self
        kept.status.conditions = status.conditions?.filter {
            ["InvalidSpec", "Progressing", "Healthy"].contains($0.type) || $0.reason == Health.aborted
                || $0.reason == Health.deadlineExceeded
        }
        return kept
    }
}
