/// Restarts in a row that the controller has not observed: it may be down, and then all that are asked for meanwhile fire at
/// once when it is back. So few at most are ever unanswered.
package struct Breaker: Sendable, Equatable {
    /// So many unobserved ones hold every other back.
    package static let limit = 3
    /// A controller that has not observed a new generation for so long is not reconciling.
    package static let patience = Duration.seconds(60)

    private struct Asked: Sendable, Equatable {
        var uid: String?
        /// Of the Rollout, with the restart in its spec.
        var generation: Int64
        var at: Duration
    }

    /// In the order in which they were asked for, none of them observed yet.
    private var unobserved: [(id: RolloutID, asked: Asked)] = []
    /// It was told that it is closed.
    private(set) var isTold = false

    package init() {}

    package static func == (left: Breaker, right: Breaker) -> Bool {
        left.isTold == right.isTold && left.unobserved.elementsEqual(right.unobserved) { $0 == $1 }
    }

    /// Nothing more may be asked for.
    package var isClosed: Bool { unobserved.count >= Self.limit }

    /// A restart of `rollout` was written, and gave it this generation; nil leaves nothing to observe.
    package mutating func asked(_ id: RolloutID, uid: String?, generation: Int64?, at uptime: Duration) {
        unobserved.removeAll { $0.id == id }
        guard let generation else { return }
        unobserved.append((id, Asked(uid: uid, generation: generation, at: uptime)))
    }

    /// What is stored now: one that the controller has observed proves that it worked then. Those that were asked for later
    /// may have met one that is down again.
    ///
    /// - Returns: true where that opens it.
    package mutating func see(_ rollout: Rollout) -> Bool {
        if unobserved.isEmpty { return false }
        let id = RolloutID(rollout)
        guard let place = unobserved.firstIndex(where: { $0.id == id }) else { return false }
        let asked = unobserved[place].asked
        guard asked.uid == rollout.metadata.uid else { return forget(id) }
        guard rollout.hasObserved(generation: asked.generation) else { return false }
        let wasClosed = isClosed
        unobserved.removeSubrange(...place)
        return wasClosed && !isClosed
    }

    /// One that was deleted says nothing any more.
    ///
    /// - Returns: true where that opens it.
    package mutating func forget(_ id: RolloutID) -> Bool {
        let wasClosed = isClosed
        unobserved.removeAll { $0.id == id }
        return wasClosed && !isClosed
    }

    /// Whether to tell now that it is closed: once it has been so for ``patience``.
    mutating func isNews(at uptime: Duration) -> Bool {
        guard let told = tellsAt, told <= uptime else { return false }
        isTold = true
        return true
    }

    /// Uptime at which to tell that it is closed; nil where it is open, or was told.
    var tellsAt: Duration? {
        isClosed && !isTold ? unobserved[Self.limit - 1].asked.at + Self.patience : nil
    }

    /// It is open again.
    ///
    /// - Returns: true where it was told that it was closed.
    mutating func opened() -> Bool {
        defer { isTold = false }
        return isTold
    }
}

extension Rollout {
    /// Whether the controller has seen the spec of that generation; what is no number, of old controllers, counts as seen.
    package func hasObserved(generation: Int64) -> Bool {
        status.observedGeneration.flatMap { Int64($0) }.map { $0 >= generation } ?? (status.observedGeneration != nil)
    }
}
