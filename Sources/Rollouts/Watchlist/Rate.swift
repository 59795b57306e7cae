/// How fast restarts may follow each other: so many a minute in all, and one at a time in a namespace.
///
/// Moments are our own uptime: nobody else's clock can hurry or stop it.
package struct Rate: Sendable, Equatable {
    package static let defaultPerMinute = 10
    private static let minute = Duration.seconds(60)

    /// Restarts in any 60 s.
    package var perMinute: Int
    private struct Turn: Sendable, Equatable {
        var since: Duration
        /// It is being asked for: nobody knows yet, and it ends when that does.
        var isWriting = false
    }

    /// Longest that a namespace's turn lasts once the restart is asked for.
    private let turn: Duration
    private var recent: [Duration] = []
    /// The restarts under way, by namespace: two that others began may overlap.
    private var busy: [String: [RolloutID: Turn]] = [:]

    package init(perMinute: Int = Rate.defaultPerMinute, turn: Duration = .seconds(600)) {
        self.perMinute = perMinute
        self.turn = turn
    }

    /// Takes the namespace's turn for a restart that is being asked for, and one of the minute's; false, and nothing taken,
    /// when either is gone. Either ``occupy(_:at:)``, ``finish(_:)`` or ``giveBack(_:)`` has to follow.
    package mutating func take(_ id: RolloutID, at uptime: Duration) -> Bool {
        forgetOld(at: uptime)
        guard nextFree(namespace: id.namespace, at: uptime).map({ $0 <= uptime }) ?? false else { return false }
        recent.append(uptime)
        busy[id.namespace] = [id: Turn(since: uptime, isWriting: true)]
        return true
    }

    /// Takes the namespace's turn for a restart that was asked for.
    package mutating func occupy(_ id: RolloutID, at uptime: Duration) {
        busy[id.namespace, default: [:]][id] = Turn(since: uptime)
    }

    /// The same for one that somebody else began at `uptime`: it counts among the minute's too.
    package mutating func adopt(_ id: RolloutID, at uptime: Duration) {
        forgetOld(at: uptime)
        recent.insert(uptime, at: recent.firstIndex { $0 > uptime } ?? recent.endIndex)
        occupy(id, at: uptime)
    }

    private mutating func forgetOld(at uptime: Duration) {
        recent.removeAll { uptime - $0 >= Self.minute }
    }

    /// Ends the turn of a restart that healed or failed; the namespace waits for its others.
    package mutating func finish(_ id: RolloutID) {
        busy[id.namespace]?[id] = nil
        if busy[id.namespace]?.isEmpty == true { busy[id.namespace] = nil }
    }

    /// Ends the turn of a restart that was never asked for, and gives the minute back what it took.
    package mutating func giveBack(_ id: RolloutID) {
        if let taken = busy[id.namespace]?[id]?.since, let index = recent.lastIndex(of: taken) {
            recent.remove(at: index)
        }
        finish(id)
    }

    /// Whether another restart of the namespace is under way.
    package func isBusy(_ namespace: String, at uptime: Duration) -> Bool {
        busy[namespace]?.values.contains { $0.isWriting || uptime - $0.since < turn } ?? false
    }

    /// When the namespace may restart next, if nothing else happens; nil is not before something does.
    package func nextFree(namespace: String, at uptime: Duration) -> Duration? {
        let turns = busy[namespace]?.values.map(\.self) ?? []
        guard perMinute > 0, !turns.contains(where: \.isWriting) else { return nil }
        let inMinute = recent.filter { uptime - $0 < Self.minute }
        let minuteFree =
            inMinute.count < perMinute ? uptime : inMinute[inMinute.count - perMinute] + Self.minute
        return max(minuteFree, turns.map { $0.since + turn }.max() ?? uptime)
    }
}
