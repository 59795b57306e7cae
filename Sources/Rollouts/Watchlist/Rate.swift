/// Limits restarts: a number per minute in total, and one at a time in each namespace.
///
/// Times are uptimes of this process, so that no other clock affects the limits.
package struct Rate: Sendable, Equatable {
    package static let defaultPerMinute = 10
    private static let minute = Duration.seconds(60)

    /// Maximum number of restarts in any 60 s.
    package var perMinute: Int
    private struct Turn: Sendable, Equatable {
        var since: Duration
        /// The restart is being written; the turn lasts until the outcome is known.
        var isWriting = false
    }

    /// Maximum time that a namespace's turn lasts after the restart was written.
    private let turn: Duration
    private var recent: [Duration] = []
    /// Restarts under way, by namespace; restarts by other clients may overlap.
    private var busy: [String: [RolloutID: Turn]] = [:]

    package init(perMinute: Int = Rate.defaultPerMinute, turn: Duration = .seconds(600)) {
        self.perMinute = perMinute
        self.turn = turn
    }

    /// Takes the namespace's turn and one restart of the minute before a write; takes nothing and returns false if one
    /// of them is used up. ``occupy(_:at:)``, ``finish(_:)`` or ``giveBack(_:)`` must follow.
    package mutating func take(_ id: RolloutID, at uptime: Duration) -> Bool {
        forgetOld(at: uptime)
        guard nextFree(namespace: id.namespace, at: uptime).map({ $0 <= uptime }) ?? false else { return false }
        recent.append(uptime)
        busy[id.namespace] = [id: Turn(since: uptime, isWriting: true)]
        return true
    }

    /// Takes the namespace's turn for a restart that was written.
    package mutating func occupy(_ id: RolloutID, at uptime: Duration) {
        busy[id.namespace, default: [:]][id] = Turn(since: uptime)
    }

    /// Takes the turn for a restart that another client began at `uptime`, and counts it in the minute.
    package mutating func adopt(_ id: RolloutID, at uptime: Duration) {
        forgetOld(at: uptime)
        recent.insert(uptime, at: recent.firstIndex { $0 > uptime } ?? recent.endIndex)
        occupy(id, at: uptime)
    }

    private mutating func forgetOld(at uptime: Duration) {
        recent.removeAll { uptime - $0 >= Self.minute }
    }

    /// Ends the turn of a restart that healed or failed; the namespace still waits for other restarts.
    package mutating func finish(_ id: RolloutID) {
        busy[id.namespace]?[id] = nil
        if busy[id.namespace]?.isEmpty == true { busy[id.namespace] = nil }
    }

    /// Ends the turn of a restart that was not written, and returns it to the minute.
    package mutating func giveBack(_ id: RolloutID) {
        if let taken = busy[id.namespace]?[id]?.since, let index = recent.lastIndex(of: taken) {
            recent.remove(at: index)
        }
        finish(id)
    }

    /// Whether a restart is under way in the namespace.
    package func isBusy(_ namespace: String, at uptime: Duration) -> Bool {
        busy[namespace]?.values.contains { $0.isWriting || uptime - $0.since < turn } ?? false
    }

    /// Uptime of the next restart allowed in the namespace; nil if a write is under way or no restart is allowed.
    package func nextFree(namespace: String, at uptime: Duration) -> Duration? {
        let turns = busy[namespace]?.values.map(\.self) ?? []
        guard perMinute > 0, !turns.contains(where: \.isWriting) else { return nil }
        let inMinute = recent.filter { uptime - $0 < Self.minute }
        let minuteFree =
            inMinute.count < perMinute ? uptime : inMinute[inMinute.count - perMinute] + Self.minute
        return max(minuteFree, turns.map { $0.since + turn }.max() ?? uptime)
    }
}
