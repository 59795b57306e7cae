import Formats
@testable import Rollouts

/// Restarts without a response, and restarts without effect.
extension Ledger {
    /// A restart that the controller has not observed.
    struct Unobserved {
        var id: RolloutID
        var uid: String?
        var generation: Int64
        /// Whether it counts: its process received the response, and no later restart of the process was observed.
        var counts: Bool
    }

    // MARK: Not observed

    /// Counts a restart; a process may make a limited number after the controller's last observation.
    func count(_ id: RolloutID, _ object: ModelObject, by process: String, _ isAnswered: Bool, at now: Timestamp) {
        let rollout = object.rollout
        unobserved[process, default: []].removeAll { $0.id == id }
        unobserved[process, default: []].append(
            Unobserved(
                id: id, uid: rollout.metadata.uid, generation: (rollout.metadata.generation ?? 0) + 1,
                counts: isAnswered))
        let count = unobserved[process]?.count(where: \.counts) ?? 0
        if count > Breaker.limit { violate("\(process): restart \(count) that is not observed", at: now) }
    }

    /// Updates from the stored object, whose controller may have observed a restart.
    func stored(_ object: ModelObject) {
        let rollout = object.rollout
        for (process, asked) in unobserved {
            let left = asked.filter {
                $0.uid != rollout.metadata.uid || !rollout.hasObserved(generation: $0.generation)
            }
            guard left.count < asked.count else { continue }
            unobserved[process] = left.map {
                Unobserved(id: $0.id, uid: $0.uid, generation: $0.generation, counts: false)
            }
        }
    }

    func deleted(_ id: RolloutID) {
        for process in unobserved.keys { unobserved[process]?.removeAll { $0.id == id } }
    }

    // MARK: Armed

    /// A restart of ours without effect so far.
    struct Armed {
        var asked: String
        var written: Timestamp
        /// Seconds without progress during which a process led that could take it back.
        var idle: Int64 = 0
    }

    /// Reads come at least every 11 minutes; a few writes in a row may fail, and the following reads too.
    private static let slack: Int64 = 1200

    /// - Parameter seconds: the time since the last call during which a process led that could take restarts back; 0
    ///   for none.
    func checkArmed(_ objects: [RolloutID: ModelObject], _ seconds: Int64, at now: Timestamp) {
        guard settings.restarts else { return }
        var next: [String: Armed] = [:]
        for object in objects.values where object.rollout.hasOwnRestart {
            guard let uid = object.rollout.metadata.uid, let asked = object.rollout.spec.restartAt else { continue }
            // Other clients may change the spec all the time, which is no progress.
            var state = Armed(asked: asked, written: object.written)
            if let old = armed[uid], old.asked == asked, old.written == object.written {
                state.idle = old.idle + seconds
            }
            // With jumping clocks it may be dated an hour ahead.
            let slack = Self.slack + (clocks == .jumping ? 3600 : 0)
            if state.idle > settings.timeout.components.seconds + slack {
                violate("\(object.rollout.metadata.name): the restart of \(asked) stays armed", at: now)
                state.idle = 0
            }
            next[uid] = state
        }
        armed = next
    }
}
