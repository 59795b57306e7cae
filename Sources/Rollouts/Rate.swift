/// How fast restarts may follow each other: so many a minute in all, and one at a time in a namespace.
package struct Rate: Sendable, Equatable {
    package static let defaultPerMinute = 10

    /// Restarts in any 60 s.
    package var perMinute: Int
    private var recent: [Timestamp] = []
    private var busy: [String: Timestamp] = [:]
    /// Seconds after which a namespace's turn ends by itself.
    private let turn: Int64

    package init(perMinute: Int = Rate.defaultPerMinute, turn: Int64 = 600) {
        self.perMinute = perMinute
        self.turn = turn
    }

    /// Takes the namespace's turn and one of the minute's restarts; false, and nothing taken, when either is gone.
    package mutating func take(namespace: String, now: Timestamp) -> Bool {
        recent.removeAll { now.seconds(since: $0) >= 60 }
        busy = busy.filter { now.seconds(since: $0.value) < turn }
        guard recent.count < perMinute, busy[namespace] == nil else { return false }
        recent.append(now)
        busy[namespace] = now
        return true
    }

    /// Ends the namespace's turn: its restart healed or failed.
    package mutating func finish(namespace: String) {
        busy[namespace] = nil
    }
}
