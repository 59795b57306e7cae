package import Formats

/// Decides what is told outside the cluster, and when: each trouble of a Rollout once, several in one message.
///
/// Takes the rows of `watch` and its changes. A trouble is told once it has stayed for a while, by the times on the
/// object. Nothing is stored: what a predecessor has told follows from those times and from how long the predecessor
/// worked (``cover(until:at:)``).
package struct NoticeBoard: Sendable {
    package struct Settings: Sendable, Equatable {
        /// Time that a diagnosis must last before it is told.
        package var patience = Duration.seconds(300)
        /// Time from the first notice to the message that contains it.
        package var window = Duration.seconds(10)

        package init() {}
    }

    /// What was told of a trouble.
    private struct State: Hashable {
        var kind: Notice.Kind
        var diagnosis: Diagnosis
    }

    /// Maximum number of notices waiting, and of Rollouts remembered for what was told.
    static let most = 10_000
    /// Time in which a second recovery of one Rollout, whose trouble was not told, is not told either.
    static let repeatAfter = Duration.seconds(3600)
    /// A predecessor may have died with a message of this age not sent.
    static let slack = Duration.seconds(15)
    /// Time within which the troubles that already existed are found after a start or a takeover.
    static let takeoverTime = Duration.seconds(120)

    private let settings: Settings
    /// The diagnosis of each row, and the uptime since which it has been that.
    private var seen: [RolloutID: (diagnosis: Diagnosis, at: Duration)] = [:]
    private var told: [RolloutID: Set<State>] = [:]
    /// Uptime of the last recovery told.
    private var recovered: [RolloutID: Duration] = [:]
    private var waiting: [Notice] = []
    private var windowEnd: Duration?
    /// The server's time until which others have told what was due, and the uptime at which that became known.
    private var covered: (until: Timestamp, at: Duration)?

    package init(_ settings: Settings = Settings()) {
        self.settings = settings
    }

    /// Uptime at which ``due(at:)`` has a message; nil without one.
    package var nextDue: Duration? { windowEnd }

    /// Treats what was due before a time as told: a predecessor worked until then.
    package mutating func cover(until time: Timestamp, at uptime: Duration) {
        covered = (time, uptime)
    }

    /// Takes all Rollouts in trouble.
    ///
    /// - Parameter isLeading: whether this replica tells; a standby only watches.
    package mutating func take(_ rows: [WatchedRow], isLeading: Bool, now: Timestamp, at uptime: Duration) {
        var current: [RolloutID: (diagnosis: Diagnosis, at: Duration)] = [:]
        for row in rows {
            guard let diagnosis = row.verdict?.diagnosis, row.isWorthTelling else { continue }
            let known = seen[row.id]
            current[row.id] = known?.diagnosis == diagnosis ? known : (diagnosis, uptime)
        }
        seen = current
        // A trouble that ended by itself before its message was sent is no news.
        for id in Set(waiting.filter { $0.kind != .recovered && seen[$0.id] == nil }.map(\.id)) { withdraw(id) }
        guard isLeading else {
            for id in Set(waiting.map(\.id)) { withdraw(id) }
            waiting = []
            windowEnd = nil
            return
        }
        for row in rows { consider(row, now: now, at: uptime) }
    }

    private mutating func consider(_ row: WatchedRow, now: Timestamp, at uptime: Duration) {
        guard let (diagnosis, seenAt) = seen[row.id], !row.isUnderWay else { return }
        let kind = row.noticeKind
        let since = row.since ?? now.advanced(by: seenAt - uptime)
        let stayed = min(now - since, told[row.id] == nil ? .seconds(Int64.max) : uptime - seenAt)
        guard kind != .found || stayed >= settings.patience else { return }
        guard told[row.id, default: []].insert(State(kind: kind, diagnosis: diagnosis)).inserted else { return }
        if told.count > Self.most { told = told.filter { seen[$0.key] != nil } }
        if let covered, seenAt <= covered.at + Self.takeoverTime {
            // A restart that did not help came after the trouble began.
            let began = kind == .gaveUp ? max(since, row.restartedAt ?? since) : since
            if began + settings.patience + Self.slack <= covered.until { return }
        }
        add(
            Notice(kind, row.id, diagnosis: diagnosis, since: since, message: row.message), at: uptime)
    }

    /// Takes a change; only the end of a trouble matters, because ``take(_:isLeading:now:at:)`` shows the rest.
    package mutating func take(_ change: Change, isLeading: Bool, at uptime: Duration) {
        guard let id = change.id, change.endsTrouble else { return }
        withdraw(id)
        seen[id] = nil
        let wasTold = told.removeValue(forKey: id) != nil
        guard change.kind != .deleted, wasTold || change.kind == .recovered, isLeading else { return }
        // The controller sees it again, and calls it Degraded: no recovery, nor a trouble that is ours to tell.
        if change.kind == .found, change.isDegraded { return }
        if !wasTold {
            guard change.recovery != nil else { return }
            if let last = recovered[id], uptime - last < Self.repeatAfter { return }
        }
        recovered = recovered.filter { uptime - $0.value < Self.repeatAfter }
        if recovered.count < Self.most { recovered[id] = uptime }
        add(
            Notice(.recovered, id, diagnosis: change.diagnosis, message: change.message, recovery: change.recovery),
            at: uptime)
    }

    /// Removes the waiting notices of a trouble that has ended: they were never told.
    private mutating func withdraw(_ id: RolloutID) {
        for notice in waiting where notice.id == id && notice.kind != .recovered {
            if let diagnosis = notice.diagnosis {
                told[id]?.remove(State(kind: notice.kind, diagnosis: diagnosis))
            }
        }
        if told[id]?.isEmpty == true { told[id] = nil }
        waiting.removeAll { $0.id == id && $0.kind != .recovered }
    }

    private mutating func add(_ notice: Notice, at uptime: Duration) {
        guard waiting.count < Self.most else { return }
        waiting.append(notice)
        windowEnd = windowEnd ?? uptime + settings.window
    }

    /// Returns the notices of one message, in order of Rollouts, once its window has ended.
    package mutating func due(at uptime: Duration) -> [Notice]? {
        guard let end = windowEnd, end <= uptime else { return nil }
        return flush()
    }

    /// Returns all waiting notices at once; nil if there are none.
    package mutating func flush() -> [Notice]? {
        windowEnd = nil
        defer { waiting = [] }
        return waiting.isEmpty ? nil : waiting.sorted { ($0.kind.rank, $0.id) < ($1.kind.rank, $1.id) }
    }
}

extension Change {
    /// Whether the Rollout is Healthy again, is gone, or goes on with its update after a refresh: then there is no
    /// diagnosis any more.
    fileprivate var endsTrouble: Bool {
        switch kind {
        case .recovered, .deleted: true
        case .found: diagnosis == nil
        default: false
        }
    }
}

extension Notice.Kind {
    /// Worst first.
    fileprivate var rank: Int {
        switch self {
        case .gaveUp: 0
        case .unreconciled: 1
        case .found: 2
        case .recovered: 3
        }
    }
}

extension WatchedRow {
    /// Whether something is wrong that a step or a person must end, and nobody has opted out.
    fileprivate var isWorthTelling: Bool {
        guard let verdict, !isIgnored else { return false }
        switch verdict.diagnosis.concern {
        case .controllersView, .unexplained, .needsPerson: return true
        case .passing, .intended: return false
        }
    }

    fileprivate var noticeKind: Notice.Kind {
        if verdict?.heldBy?.gate == .attempts { return .gaveUp }
        return verdict?.diagnosis == .unreconciled ? .unreconciled : .found
    }

    fileprivate var message: String {
        [explanation, state].compactMap { $0 }.filter { !$0.isEmpty }.uniqued.joined(separator: "; ")
    }
}

extension [String] {
    /// Without repetitions.
    fileprivate var uniqued: [String] {
        var seen: Set<String> = []
        return filter { seen.insert($0).inserted }
    }
}
