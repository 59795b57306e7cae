package import Formats

extension Rollout {
    /// Whether `diagnosis` may only tell that this Rollout was read longer ago than its evidence, and its controller has
    /// seen the ReplicaSets since: they changed after it was read, or too shortly before, or it is too old to tell.
    ///
    /// `unsettled` always may: what changed just now can have changed after this Rollout was read.
    ///
    /// - Parameters:
    ///   - age: the time since the Rollout was asked for.
    ///   - now: when `evidence` was judged.
    package func isOutdated(_ age: Duration, for diagnosis: Diagnosis?, _ evidence: Evidence, now: Timestamp) -> Bool {
        guard let diagnosis else { return false }
        if diagnosis == .unsettled { return true }
        guard diagnosis.isControllersView else { return false }
        return age > Self.longEnough || self.diagnosis(evidence, now: now.advanced(by: .zero - age)) != diagnosis
    }
}
