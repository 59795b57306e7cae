internal import Formats

/// What successive evidence reads of one Rollout show about the controller's view.
struct WatchedView: Sendable {
    /// The first of the latest equal reads, its uptime, and the uptime at which the second is due.
    private(set) var looks: (look: StaleLook, first: Duration, second: Duration)?
    /// Uptime since when the view has been stale, whatever else has changed.
    private(set) var failingSince: Duration?
    /// Time of the last write to the objects, as of the last evidence read.
    private(set) var written: Timestamp?
    /// The first of the latest reads with the same diagnosis, and its uptime.
    var settling: (look: Settle, at: Duration)?
    /// Hash of the ReplicaSets' names and resourceVersions.
    private var versions = 0

    /// Takes the result of an evidence read; returns whether the ReplicaSets have changed since the last one.
    ///
    /// - Parameters:
    ///   - isStuck: the diagnosis is `stuck`; that, too, takes two reads.
    ///   - apart: time from the first read to the second, without `jitter`.
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

    /// At most 2 s; never negative.
    static func jitter(_ apart: Duration, _ random: Double) -> Duration {
        min(.seconds(2), apart / 10) * random
    }

    /// Discards the reads, because the Rollout no longer needs attention.
    mutating func forget() {
        looks = nil
        failingSince = nil
    }

    /// Whether the reads have been equal for at least `apart`.
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
    /// What may be wrong in the controller's view, of any age; nil if nothing is or a ReplicaSet is not yet observed.
    func failingView(_ evidence: Evidence) -> Diagnosis? {
        if isBeingDeleted || (condition(Health.invalidSpec) != nil && isGenerationObserved) { return nil }
        if hasEmptyStatus { return .unreconciled }
        if evidence.ownedReplicaSets(of: self).contains(where: { !$0.isObserved }) { return nil }
        if !failingEquations(evidence).isEmpty { return .stale }
        return evidence.current(of: self).map { isUnscaled($0) } ?? false ? .unscaled : nil
    }

    /// What may be wrong if some object does not say when it was written: times cannot prove it, but equal reads can.
    /// Nil if nothing is wrong or the times are known.
    package func unprovenView(_ evidence: Evidence) -> StaleLook? {
        guard !hasEmptyStatus, evidence.lastWritten(self) == .unknown, let kind = failingView(evidence) else {
            return nil
        }
        return StaleLook(kind, of: self, evidence)
    }
}
