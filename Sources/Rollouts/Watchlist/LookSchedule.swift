/// Schedule of the evidence reads of one Rollout: at exact times if a step waits, otherwise at growing intervals.
struct LookSchedule: Sendable {
    /// Intervals between evidence reads while neither the Rollout nor its ReplicaSets change.
    static let intervals: [Duration] = [15, 30, 60, 120, 300, 600].map(Duration.seconds)
    /// Maximum extension of an interval, as a fraction.
    private static let jitter = 0.1

    /// Uptime of an evidence read that a step waits for.
    var exact: Duration?
    /// Uptime of the next evidence read while nothing changes.
    private(set) var quiet: Duration?
    private var interval = intervals[0]
    /// Number of evidence reads since the last change.
    private var quietLooks = 0
    /// An evidence read before ``exact`` is of no use.
    var isWaiting = false
    /// Earliest uptime of the next evidence read, such as after the server asked for a pause.
    var notBefore = Duration.zero
    /// A restart is due and waits for the limit of restarts.
    var waitsForRate = false

    var next: Duration? { [exact, quiet].compactMap { $0 }.min() }

    var allowedNext: Duration? { next.map { max($0, notBefore) } }

    mutating func look(atLatest uptime: Duration) {
        exact = exact.map { min($0, uptime) } ?? uptime
    }

    /// Removes all scheduled reads: one has begun, or none is needed.
    mutating func clear() {
        exact = nil
        quiet = nil
    }

    /// Returns to the shortest interval after a change.
    mutating func startAnew() {
        quietLooks = 0
    }

    /// Schedules the next evidence read, unless an exact one is waited for.
    mutating func goOn(at uptime: Duration, random: Double) {
        quiet = nil
        if isWaiting, exact != nil { return }
        interval = Self.intervals[min(quietLooks, Self.intervals.count - 1)]
        quietLooks = min(quietLooks + 1, Self.intervals.count)
        quiet = uptime + interval * (1 + Self.jitter * random)
    }

    /// Whether the Rollout joins the reads that begin now: its own is due within half an interval.
    func mayJoin(at uptime: Duration) -> Bool {
        guard let quiet, notBefore <= uptime else { return false }
        return quiet - uptime <= interval / 2
    }
}
