internal import Formats

/// One Rollout that needs an evidence read or is in trouble: the last evidence and the step under way.
struct WatchedCase: Sendable {
    /// A restart that is followed until it heals, fails or is taken back.
    struct Following: Sendable, Equatable {
        var restartAt: Timestamp
        /// Its number, counted for the pod template.
        var attempt: Int
        /// resourceVersion that the PATCH was based on: a Rollout with this version predates the restart.
        var patched: String?
        /// Uptime of the request.
        var began: Duration
        /// Uptime at which the restart counts as failed unless it progresses.
        var deadline: Duration
        var isCarriedOut = false
        /// This process requested it.
        var isOurs = false
        /// It was reported as slow.
        var isToldSlow = false
        /// resourceVersions of its ReplicaSets at the last evidence read, by uid.
        var versions: [String: String]?
        /// Pods of the current ReplicaSet at the request; nil if another client made it.
        var pods: Int64?
    }

    /// The step of the ladder that has neither helped nor failed yet; at most one.
    enum Step: Sendable {
        case none
        case refreshing(Refreshing)
        case following(Following)
    }

    /// The request under way; at most one.
    enum Work: Sendable {
        case none, looking, refreshing, restarting, takingBack
    }

    /// The result of the last evidence read.
    struct Finding: Sendable {
        var verdict: Verdict
        /// One sentence.
        var explanation: String
    }

    /// When the next refresh may be written.
    struct RefreshTurn: Sendable {
        /// Uptime at which a refresh may be due, as shown in the row; nil if none is.
        var due: Duration?
        /// A reservation under the limit of writes: its uptime and its number of objects.
        var slot: (at: Duration, count: Int)?
        /// Uptime before which no refresh is tried, because the last one could write nothing.
        var notBefore = Duration.zero
        /// Consecutive refreshes that could write nothing.
        var blocked: Int64 = 0
    }

    /// Consecutive failed requests.
    struct Failures: Sendable {
        struct Told: Sendable {
            var message: String
            /// If true, a successful evidence read does not clear the message.
            var isOfWrite: Bool
        }

        var looks = 0
        /// Not reset by successful evidence reads, but by a change of the Rollout.
        var writes = 0
        /// Consecutive writes refused with a conflict.
        var conflicts = 0
        var told: Told?

        mutating func endLooks() {
            looks = 0
            if told?.isOfWrite == false { told = nil }
        }
    }

    /// Restarts that are no longer followed.
    struct Past: Sendable {
        /// The last restart that did not help in time; it may still help.
        var late: Following?
        /// Restarts requested without an answer, which the server may still store.
        var unanswered: [Timestamp] = []
    }

    /// What was reported, so that nothing is reported twice.
    struct Told: Sendable {
        var diagnosis: Diagnosis?
        /// Causes for which a step was held back.
        var causes: Set<String> = []
    }

    let id: RolloutID
    /// The last observed version, reduced to the fields that the rule reads.
    var rollout: Rollout {
        didSet { timeOut = Self.timeOut(of: rollout) }
    }
    /// Whether the base rule matches, and since when; cached, because it is counted often.
    private(set) var timeOut: (matches: Bool, since: Timestamp?)
    /// Nil before the first evidence read, and if there is nothing to show.
    var finding: Finding?
    /// The current ReplicaSet at the last evidence read.
    var current: ReplicaSet.Status?
    var lastLook: Duration?
    /// What successive evidence reads have in common.
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

    /// Whether a request is under way.
    var isBusy: Bool { work != .none }

    var verdict: Verdict? { finding?.verdict }

    /// The restart that is followed.
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

    /// The refresh that has neither helped nor failed yet.
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

    /// Whether no request is under way and no step is awaited.
    var isFree: Bool { if case .none = step { !isBusy } else { false } }

    mutating func look(atLatest uptime: Duration) {
        schedule.look(atLatest: uptime)
    }

    /// Schedules an evidence read before which none is of use.
    mutating func wait(until uptime: Duration) {
        schedule.look(atLatest: uptime)
        schedule.isWaiting = true
    }

    func change(_ kind: Change.Kind, gate: Gate? = nil, message: String) -> Change {
        var change = Change(
            kind, id, uid: rollout.metadata.uid, diagnosis: verdict?.diagnosis, gate: gate, message: message,
            attempt: following?.attempt)
        change.isDegraded = rollout.isDegraded
        return change
    }
}

extension Rollout {
    /// A copy without the conditions that the rule does not read, to save memory when thousands are kept in a storm.
    var trimmed: Rollout {
        var kept = self
        kept.status.conditions = status.conditions?.filter {
            ["InvalidSpec", "Progressing", "Healthy"].contains($0.type) || $0.reason == Health.aborted
                || $0.reason == Health.deadlineExceeded
        }
        return kept
    }

    /// Whether both are equal for the rule: managedFields and the mark are ignored.
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
    /// Whether the Rollout may need attention, or has a pending restart of ours, which must not stay armed.
    var isOfInterest: Bool { mayNeedAttention || hasOwnRestart }
}
