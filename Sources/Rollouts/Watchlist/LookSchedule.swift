/// When a Rollout is looked at: at exact moments that something waits for, and otherwise less and less often.
struct LookSchedule: Sendable {
    /// From one look to the next while neither the Rollout nor its ReplicaSets change.
    static let intervals: [Duration] = [15, 30, 60, 120, 300, 600].map(Duration.seconds)
    /// Of an interval, upwards.
    private static let jitter = 0.1

    /// Uptime of a look that something waits for.
    var exact: Duration?
    /// Uptime of the next look while nothing happens.
    private(set) var quiet: Duration?
    private var interval = intervals[0]
    /// Looks since something changed.
    private var quietLooks = 0
    /// No look before ``exact`` is of use.
    var isWaiting = false
    /// Uptime before which the server asked for no request.
    var notBefore = Duration.zero
    /// A restart is due, and waits for its turn under the limit of restarts.
    var waitsForRate = false

    var next: Duration? { [exact, quiet].compactMap { $0 }.min() }

    var allowedNext: Duration? { next.map { max($0, notBefore) } }

    mutating func look(atLatest uptime: Duration) {
        exact = exact.map { min($0, uptime) } ?? uptime
    }

    /// A look is being taken, or none is worth it.
    mutating func clear() {
        exact = nil
        quiet = nil
    }

    /// Something has changed.
    mutating func startAnew() {
        quietLooks = 0
    }

    /// After a look: the next one, if nothing waits for an earlier one.
    mutating func goOn(at uptime: Duration, random: Double) {
        quiet = nil
        if isWaiting, exact != nil { return }
        interval = Self.intervals[min(quietLooks, Self.intervals.count - 1)]
        quietLooks = min(quietLooks + 1, Self.intervals.count)
        quiet = uptime + interval * (1 + Self.jitter * random)
    }

    /// Whether a look that is taken now, because others are, saves one that would come soon.
    func mayJoin(at uptime: Duration) -> Bool {
        guard let quiet, notBefore <= uptime else { return false }
        return quiet - uptime <= interval / 2
    }
}
