internal import Formats

/// One Rollout that needs a look, or is in trouble: what was seen of it, and what is to happen next.
struct WatchedCase: Sendable {
    /// A restart that is followed to its end.
    struct Following: Sendable, Equatable {
        var restartAt: Timestamp
        var attempt: Int
        /// The version that our own patch was written on: whoever shows it shows what was before.
        var patched: String?
        /// Uptime when it was asked for.
        var began: Duration
        /// Uptime at which it has not helped, if nothing moves until then.
        var deadline: Duration
        var isCarriedOut = false
        /// It was told that it takes longer than one that helps in time.
        var isToldSlow = false
        /// The versions of its ReplicaSets at the last look, by uid.
        var versions: [String: String]?
        /// Pods of the current ReplicaSet when it was asked for; nil where others asked.
        var pods: Int64?
    }

    enum Work: Sendable {
        case none, looking, refreshing, restarting, takingBack
    }

    struct ToldFailure: Sendable {
        var message: String
        /// A look that succeeds does not end it.
        var isOfWrite: Bool
    }

    /// A look or a write is under way.
    var isBusy: Bool { work != .none }

    /// The last version that was seen, as far as the rule reads it.
    var rollout: Rollout {
        didSet { note(rollout) }
    }
    /// The base rule matches.
    private(set) var matches = false
    private(set) var since: Timestamp?
    /// As of the last look; nil before the first, and where nothing is the matter that is shown.
    var verdict: Verdict?
    var explanation = ""
    var current: ReplicaSet.Status?

    /// The first of the looks that all gave the same, and its uptime.
    var settling: (look: Settle, at: Duration)?
    var view = WatchedView()
    /// A refresh of ours, until it has helped or not.
    var refreshing: Refreshing?
    /// Uptime at which a refresh may be due, for a row to say.
    var refreshAt: Duration?
    /// A turn of the refreshes, and how many objects it is for.
    var slot: (at: Duration, count: Int)?
    /// Uptime before which no refresh is tried: none could be written.
    var refreshNotBefore = Duration.zero
    /// Refreshes in a row that could not be written at all.
    var blockedRefreshes: Int64 = 0

    var lastLook: Duration?
    var schedule = LookSchedule()
    /// Uptime before which the server does not want to be asked, whatever happens.
    var notBefore = Duration.zero
    /// What is under way for it: one thing at a time.
    var work = Work.none
    var waitsForRate = false
    /// Looks that failed in a row.
    var failures = 0
    /// Writes that failed in a row, with looks between them that did not; a change begins anew.
    var failedWrites = 0
    /// Writes in a row that the server refused because it had changed.
    var conflicts = 0
    var following: Following?
    /// The last one that had not helped in time; it may yet.
    var late: Following?
    /// The last restarts that were asked for without an answer: they may land yet.
    var open: [Timestamp] = []

    /// The diagnosis that was told.
    var told: Diagnosis?
    /// What was told to hold the restart back.
    var toldCauses: Set<String> = []
    var toldFailure: ToldFailure?

    init(_ rollout: Rollout) {
        self.rollout = rollout
        note(rollout)
    }

    /// What is counted again and again is read from text once.
    private mutating func note(_ rollout: Rollout) {
        matches = rollout.health.matches
        since = rollout.since
    }

    mutating func look(atLatest uptime: Duration) {
        schedule.look(atLatest: uptime)
    }

    /// A look that something waits for: none is worth it before.
    mutating func wait(until uptime: Duration) {
        schedule.look(atLatest: uptime)
        schedule.isWaiting = true
    }

    func change(_ kind: Change.Kind, _ id: RolloutID, gate: Gate? = nil, message: String) -> Change {
        Change(
            kind, id, uid: rollout.metadata.uid, diagnosis: verdict?.diagnosis, gate: gate, message: message,
            attempt: following?.attempt)
    }

    /// What the restart or the refresh held back is about has changed: it may be told again.
    mutating func forgetCauses() {
        toldCauses = []
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

    /// Whether the rule reads the same of both: our own marks, and who wrote when, are none of it.
    package func isAlike(_ other: Rollout) -> Bool {
        let (mine, theirs) = (metadata, other.metadata)
        guard mine.uid == theirs.uid, mine.generation == theirs.generation, mine.name == theirs.name,
            mine.namespace == theirs.namespace, mine.deletionTimestamp == theirs.deletionTimestamp,
            Self.areAlike(mine.labels, theirs.labels), Self.areAlike(mine.annotations, theirs.annotations),
            spec == other.spec
        else { return false }
        return status == other.status || trimmed.status == other.trimmed.status
    }

    private static func areAlike(_ left: [String: String]?, _ right: [String: String]?) -> Bool {
        func facts(_ texts: [String: String]?) -> [String: String] {
            guard var texts else { return [:] }
            texts[Marks.refreshed] = nil
            return texts
        }
        return left == right || facts(left) == facts(right)
    }
}

extension Rollout {
    /// It may need attention, or a restart of ours is pending, whatever it is called meanwhile: nothing stays armed.
    var isOfInterest: Bool { mayNeedAttention || hasOwnRestart }
}
