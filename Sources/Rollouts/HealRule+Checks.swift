/// One gate, whether it is open, and what that rests on.
package struct Check: Sendable, Equatable {
    package var name: String
    package var isOpen: Bool
    package var evidence: String
}

extension HealRule {
    /// Every gate for a Rollout with this diagnosis, the closed ones too that ``verdict(on:_:now:)`` does not get to name.
    package func checks(of rollout: Rollout, _ diagnosis: Diagnosis, now: Timestamp) -> [Check] {
        let checks = [
            Check(
                name: "policy", isOpen: policy.restarts(diagnosis) && !rollout.awaitsObservedRestart,
                evidence: "\(policy.rawValue) restarts \(policy.scope)"),
            Check(
                name: "opt-out", isOpen: !rollout.isIgnored,
                evidence: rollout.isIgnored ? "\(Marks.ignore) is \"true\"" : "no \(Marks.ignore)"),
        ]
        return policy == .rule ? checks : checks + bounds(of: rollout, diagnosis, now: now)
    }

    private func bounds(of rollout: Rollout, _ diagnosis: Diagnosis, now: Timestamp) -> [Check] {
        let attempts = Attempts(of: rollout, now: now)
        let end = coolDownEnd(of: rollout)
        let isSettled = !Settle(diagnosis, of: rollout).isYounger(than: Settle.defaultDuration, now: now)
        let age =
            rollout.since.map { "timed out \(Age.text(since: min($0, now), now: now)) ago" }
            ?? "timed out at an unknown time"
        var checks = [
            Check(
                name: "attempts", isOpen: !attempts.reaches(maxRestarts),
                evidence: attempts.text + " of \(maxRestarts) restarts in vain for pod hash \(rollout.podHash ?? "-")"),
            Check(
                name: "cool-down", isOpen: end.map { now >= $0 } ?? true,
                evidence: end.map { "\(now < $0 ? "ends" : "ended") at \($0.rfc3339)" } ?? "never restarted"),
            Check(
                name: "settle", isOpen: isSettled,
                evidence: isSettled ? age : "\(age); looked at again 5 s later before a restart"),
        ]
        if policy == .strict {
            checks.append(
                Check(
                    name: "single-replica", isOpen: rollout.desiredReplicas != 1 || allowsSingleReplica,
                    evidence: "spec.replicas is \(rollout.desiredReplicas)"))
        }
        return checks
    }
}

extension Attempts {
    fileprivate var text: String {
        switch self {
        case .count(let count): String(count)
        case .malformed: "an unreadable number"
        }
    }
}

extension Policy {
    /// What it restarts, in words.
    package var scope: String {
        switch self {
        case .rule: "everything that matches the rule"
        case .cautious: "stuck and unproven"
        case .strict: "stuck with more than one replica"
        }
    }
}
