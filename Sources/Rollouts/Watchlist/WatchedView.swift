internal import Formats

/// What the looks at one Rollout have shown of its controller's view, one after the other.
struct WatchedView: Sendable {
    /// Of the looks that all gave the same, the first and its uptime, and the uptime of the second.
    private(set) var looks: (look: StaleLook, first: Duration, second: Duration)?
    /// Uptime since when it fails, whatever else has changed.
    private(set) var failingSince: Duration?
    /// When the objects were last written, as of the last look that failed.
    private(set) var written: Timestamp?
    /// The first of the looks that all gave the same diagnosis, and its uptime.
    var settling: (look: Settle, at: Duration)?
    /// Of the ReplicaSets: they tell of a change of theirs.
    private var versions = 0

    /// Takes a look; gives whether the ReplicaSets have changed since the last one.
    ///
    /// - Parameters:
    ///   - isStuck: nothing fails, and it is stuck: that too is to be seen twice.
    ///   - apart: from the first look to the second; `jitter` comes on top.
    mutating func take(
        _ rollout: Rollout, _ evidence: Evidence, isStuck: Bool, apart: Duration, jitter: Duration, at uptime: Duration
    ) -> Bool {
        let kind = rollout.failingView(evidence)
        failingSince = kind == .stale ? failingSince ?? uptime : nil
        written = evidence.lastWritten(rollout).moment
        if let kind = kind ?? (isStuck ? .stuck : nil) {
            let look = StaleLook(kind, of: rollout, evidence)
            if looks?.look != look { looks = (look, uptime, uptime + apart + jitter) }
        } else {
            looks = nil
        }
        let before = versions
        versions = Self.versions(evidence.ownedReplicaSets(of: rollout))
        return before != versions
    }

    /// Two seconds at most, and never too early.
    static func jitter(_ apart: Duration, _ random: Double) -> Duration {
        min(.seconds(2), apart / 10) * random
    }

    /// Nobody has looked for a while at what is something else by now.
    mutating func forget() {
        looks = nil
        failingSince = nil
    }

    /// The looks have been the same for so long.
    func isProven(_ apart: Duration, at uptime: Duration) -> Bool {
        looks.map { uptime - $0.first >= apart } ?? false
    }

    private static func versions(_ replicaSets: [ReplicaSet]) -> Int {
        var hasher = Hasher()
        for replicaSet in replicaSets {
            hasher.combine(replicaSet.metadata.name)
            hasher.combine(replicaSet.metadata.resourceVersion)
        }
        return hasher.finalize()
    }
}

extension Rollout {
    /// What may be wrong in the controller's view, however young; nil where nothing is, or a ReplicaSet is on its way.
    func failingView(_ evidence: Evidence) -> Diagnosis? {
        if isBeingDeleted || (condition(Health.invalidSpec) != nil && isGenerationObserved) { return nil }
        if hasEmptyStatus { return .unreconciled }
        if evidence.ownedReplicaSets(of: self).contains(where: { !$0.isObserved }) { return nil }
        if !failingEquations(evidence).isEmpty { return .stale }
        return evidence.current(of: self).map { isUnscaled($0) } ?? false ? .unscaled : nil
    }

    /// What may be wrong where not every object says when it was written: no time can prove it, looks that all show the same
    /// can. Nil where nothing is wrong, or times tell.
    package func unprovenView(_ evidence: Evidence) -> StaleLook? {
        guard !hasEmptyStatus, evidence.lastWritten(self) == .unknown, let kind = failingView(evidence) else {
            return nil
        }
        return StaleLook(kind, of: self, evidence)
    }
}
