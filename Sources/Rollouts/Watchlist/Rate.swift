/// How fast restarts may follow each other: so many a minute in all, and one at a time in a namespace.
///
/// Moments are our own uptime: nobody else's clock can hurry or stop it.
package struct Rate: Sendable, Equatable {
    package static let defaultPerMinute = 10
    private static let minute = Duration.seconds(60)

    /// Restarts in any 60 s.
    package var perMinute: Int
    /// Longest that a namespace's turn lasts.
    private let turn: Duration
    private var recent: [Duration] = []
    /// Since when each restart under way counts, by namespace: two that others began may overlap.
    private var busy: [String: [RolloutID: Duration]] = [:]

    package init(perMinute: Int = Rate.defaultPerMinute, turn: Duration = .seconds(600)) {
        self.perMinute = perMinute
        self.turn = turn
    }

    /// Takes the namespace's turn and one of the minute's restarts; false, and nothing taken, when either is gone.
    package mutating func take(_ id: RolloutID, at uptime: Duration) -> Bool {
        recent.removeAll { uptime - $0 >= Self.minute }
        guard nextFree(namespace: id.namespace, at: uptime).map({ $0 <= uptime }) ?? false else { return false }
        recent.append(uptime)
        busy[id.namespace] = [id: uptime]
        return true
    }

    /// Takes the namespace's turn for a restart that is on its way already.
    package mutating func occupy(_ id: RolloutID, at uptime: Duration) {
        busy[id.namespace, default: [:]][id] = uptime
    }

    /// The same for one that somebody else began at `uptime`: it counts among the minute's too.
    package mutating func adopt(_ id: RolloutID, at uptime: Duration) {
        recent.insert(uptime, at: recent.firstIndex { $0 > uptime } ?? recent.endIndex)
        occupy(id, at: uptime)
    }

    /// Ends the turn of a restart that healed or failed; the namespace waits for its others.
    package mutating func finish(_ id: RolloutID) {
        busy[id.namespace]?[id] = nil
        if busy[id.namespace]?.isEmpty == true { busy[id.namespace] = nil }
    }

    /// Ends the turn of a restart that was never asked for, and gives the minute back what it took.
    package mutating func giveBack(_ id: RolloutID) {
        if let taken = busy[id.namespace]?[id], let index = recent.lastIndex(of: taken) { recent.remove(at: index) }
        finish(id)
    }

    /// Whether another restart of the namespace is under way.
    package func isBusy(_ namespace: String, at uptime: Duration) -> Bool {
        lastTurn(namespace).map { uptime - $0 < turn } ?? false
    }

    /// When the namespace may restart next, if nothing else happens; nil is never.
    package func nextFree(namespace: String, at uptime: Duration) -> Duration? {
        guard perMinute > 0 else { return nil }
        let inMinute = recent.filter { uptime - $0 < Self.minute }
        let minuteFree =
            inMinute.count < perMinute ? uptime : inMinute[inMinute.count - perMinute] + Self.minute
        return max(minuteFree, lastTurn(namespace).map { $0 + turn } ?? uptime)
    }

    private func lastTurn(_ namespace: String) -> Duration? {
        busy[namespace]?.values.max()
    }
}
