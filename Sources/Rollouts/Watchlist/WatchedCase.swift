internal import Formats

/// One Rollout that needs a look or is in trouble: what was seen of it, and the step that is being taken.
struct WatchedCase: Sendable {
    /// A restart that is followed until it heals, fails or is taken back.
    struct Following: Sendable, Equatable {
        var restartAt: Timestamp
        /// Its number for the pod template.
        var attempt: Int
        /// resourceVersion that our own patch was written on: a Rollout with this version predates the restart.
        var patched: String?
        /// Uptime when it was requested.
        var began: Duration
        /// Uptime at which it counts as failed, unless it shows progress before.
        var deadline: Duration
        var isCarriedOut = false
        /// It was reported as slow.
        var isToldSlow = false
        /// resourceVersions of its ReplicaSets at the last look, by uid.
        var versions: [String: String]?
        /// Pods of the current ReplicaSet when it was requested; nil where another client requested it.
        var pods: Int64?
    }

    /// The step of the ladder that was taken and has neither helped nor failed yet: one at a time.
    enum Step: Sendable {
        case none
        case refreshing(Refreshing)
        case following(Following)
    }

    /// The request that is under way: one at a time.
    enum Work: Sendable {
        case none, looking, refreshing, restarting, takingBack
    }

    /// What the last look has shown.
    struct Finding: Sendable {
        var verdict: Verdict
        /// One sentence.
        var explanation: String
    }

    /// When the next refresh may be written.
    struct RefreshTurn: Sendable {
        /// Uptime at which one may be due, as a row tells; nil where none is.
        var due: Duration?
        /// A turn under the limit of writes: its uptime, and the number of objects it is for.
        var slot: (at: Duration, count: Int)?
        /// Uptime before which none is tried, because the last could not be written at all.
        var notBefore = Duration.zero
        /// Refreshes in a row that could not be written at all.
        var blocked: Int64 = 0
    }

    /// Requests in a row that failed.
    struct Failures: Sendable {
        struct Told: Sendable {
            var message: String
            /// A look that succeeds does not end it.
            var isOfWrite: Bool
        }

        var looks = 0
        /// Also with successful looks between them; a change of the Rollout resets it.
        var writes = 0
        /// Writes that the server refused because the Rollout had changed.
        var conflicts = 0
        var told: Told?

        mutating func endLooks() {
            looks = 0
            if told?.isOfWrite == false { told = nil }
        }
    }

    /// Restarts that are no longer followed.
    struct Past: Sendable {
        /// The last one that had not helped in time; it may yet.
        var late: Following?
        /// Requested without an answer: these may land yet.
        var unanswered: [Timestamp] = []
    }

    /// What was reported, so that it is reported once.
    struct Told: Sendable {
        var diagnosis: Diagnosis?
        /// What held a step back.
        var causes: Set<String> = []
    }

    let id: RolloutID
    /// The last version that was seen, as far as the rule reads it.
    var rollout: Rollout {
        didSet { timeOut = Self.timeOut(of: rollout) }
    }
    /// Whether the base rule matches, and since when: counted often, read from text once.
    private(set) var timeOut: (matches: Bool, since: Timestamp?)
    /// Nil before the first look, and where nothing is wrong that is shown.
    var finding: Finding?
    /// The current ReplicaSet at the last look.
    var current: ReplicaSet.Status?
    var lastLook: Duration?
    /// What successive looks have in common.
    var view = WatchedView()
    var schedule = LookSchedule()
    var work = Work.none
    var step = Step.none
    var refreshTurn = RefreshTurn()
    var failures = Failures()
    var past = Past()
    var told = Told()

    init(_ rollout: Rollout) {
        id = RolloutID(rollout)
        self.rollout = rollout
        timeOut = Self.timeOut(of: rollout)
    }

    private static func timeOut(of rollout: Rollout) -> (matches: Bool, since: Timestamp?) {
        (rollout.health.matches, rollout.since)
    }

    /// A request is under way.
    var isBusy: Bool { work != .none }

    var verdict: Verdict? { finding?.verdict }

    /// A restart is followed.
    var following: Following? {
        get { if case .following(let following) = step { following } else { nil } }
        set {
            if let newValue {
                step = .following(newValue)
            } else if case .following = step {
                step = .none
            }
        }
    }

    /// A refresh of ours has neither helped nor failed yet.
    var refreshing: Refreshing? {
        get { if case .refreshing(let refreshing) = step { refreshing } else { nil } }
        set {
            if let newValue {
                step = .refreshing(newValue)
            } else if case .refreshing = step {
                step = .none
            }
        }
    }

    /// Nothing is under way or awaited.
    var isFree: Bool { if case .none = step { !isBusy } else { false } }

    mutating func look(atLatest uptime: Duration) {
        schedule.look(atLatest: uptime)
    }

    /// Schedules a look that something waits for: none before it is of use.
    mutating func wait(until uptime: Duration) {
        schedule.look(atLatest: uptime)
        schedule.isWaiting = true
    }

    func change(_ kind: Change.Kind, gate: Gate? = nil, message: String) -> Change {
        Change(
            kind, id, uid: rollout.metadata.uid, diagnosis: verdict?.diagnosis, gate: gate, message: message,
            attempt: following?.attempt)
    }
}

extension Rollout {
    /// The Rollout without what the rule does not read: a storm keeps thousands of them in memory.
    var trimmed: Rollout {
        var kept = self
        kept.status.conditions = status.conditions?.filter {
            ["InvalidSpec", "Progressing", "Healthy"].contains($0.type) || $0.reason == Health.aborted
                || $0.reason == Health.deadlineExceeded
        }
        return kept
    }

    /// Whether the rule sees no difference: our own marks and managedFields are ignored.
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
    /// Whether it may need attention, or a restart of ours is pending: nothing stays armed, whatever its diagnosis.
    var isOfInterest: Bool { mayNeedAttention || hasOwnRestart }
}
