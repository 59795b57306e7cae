/// Counts consecutive restarts that the controller has not observed. While it is down, requested restarts pile up, and
/// it begins all of them when it returns; the breaker bounds their number.
package struct Breaker: Sendable, Equatable {
    /// Number of unobserved restarts that closes the breaker.
    package static let limit = 3
    /// Time after which a controller that has not observed a new generation is reported as not reconciling.
    package static let patience = Duration.seconds(60)

    private struct Asked: Sendable, Equatable {
        var uid: String?
        /// Generation of the Rollout whose spec has the restart.
        var generation: Int64
        var at: Duration
    }

    /// Unobserved restarts, in the order of their writes.
    private var unobserved: [(id: RolloutID, asked: Asked)] = []
    /// Whether it was reported that the breaker is closed.
    private(set) var isTold = false

    package init() {}

    package static func == (left: Breaker, right: Breaker) -> Bool {
        left.isTold == right.isTold && left.unobserved.elementsEqual(right.unobserved) { $0 == $1 }
    }

    /// Whether further restarts are held back.
    package var isClosed: Bool { unobserved.count >= Self.limit }

    /// Records a restart that was written to `rollout` and gave it `generation`; nil means there is nothing to observe.
    package mutating func asked(_ id: RolloutID, uid: String?, generation: Int64?, at uptime: Duration) {
        unobserved.removeAll { $0.id == id }
        guard let generation else { return }
        unobserved.append((id, Asked(uid: uid, generation: generation, at: uptime)))
    }

    /// Compares the stored Rollout with its restart. Once the controller has observed it, this restart and all earlier
    /// ones are removed; later ones stay, because the controller may have gone down since.
    ///
    /// - Returns: true if this opens the breaker.
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

    /// Removes a deleted Rollout.
    ///
    /// - Returns: true if this opens the breaker.
    package mutating func forget(_ id: RolloutID) -> Bool {
        let wasClosed = isClosed
        unobserved.removeAll { $0.id == id }
        return wasClosed && !isClosed
    }

    /// Whether to report now that the breaker is closed: once, after ``patience``.
    mutating func isNews(at uptime: Duration) -> Bool {
        guard let told = tellsAt, told <= uptime else { return false }
        isTold = true
        return true
    }

    /// Uptime at which to report that the breaker is closed; nil if it is open or was reported.
    var tellsAt: Duration? {
        isClosed && !isTold ? unobserved[Self.limit - 1].asked.at + Self.patience : nil
    }

    /// Resets the report after the breaker has opened.
    ///
    /// - Returns: true if it had been reported as closed.
    mutating func opened() -> Bool {
        defer { isTold = false }
        return isTold
    }
}

extension Rollout {
    /// Whether the controller has observed `generation`; an observed value that is no number (old controllers) counts.
    package func hasObserved(generation: Int64) -> Bool {
        status.observedGeneration.flatMap { Int64($0) }.map { $0 >= generation } ?? (status.observedGeneration != nil)
    }
}
