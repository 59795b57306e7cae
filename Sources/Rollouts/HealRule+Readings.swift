package import Formats

extension HealRule {
    /// Returns the readings of all gates of a restart, in order, for a Rollout with this diagnosis.
    package func readings(
        of rollout: Rollout, _ diagnosis: Diagnosis, _ evidence: Evidence, _ budgets: Budgets = .notAsked,
        now: Timestamp
    ) -> [Reading] {
        Gate.allCases.filter { $0.isAsked(under: policy) }.map { gate in
            switch gate {
            case .optOut: optOut(rollout)
            case .deleting: deleting(rollout)
            case .policy: policy(of: rollout, diagnosis, evidence, now: now)
            case .solePod: solePod(rollout)
            case .attempts: attempts(rollout, now: now)
            case .coolDown: coolDown(rollout, now: now)
            case .settle: Reading(.settle, isOpen: nil, "decided by two successive evidence reads")
            case .window: windows.reading(at: now)
            case .budget: budget(of: rollout, evidence, budgets)
            case .evictable: evictable(rollout, evidence)
            case .storm: stormReading
            case .breaker, .rate: Reading(gate, isOpen: nil, "decided when a restart is sent")
            }
        }
    }

    /// Returns the gate `policy` if it is closed because no refresh was tried and failed; nil if one was.
    package func missingRefresh(
        of rollout: Rollout, _ diagnosis: Diagnosis, _ evidence: Evidence, now: Timestamp
    ) -> Reading? {
        guard needsRefreshFirst(diagnosis) else { return nil }
        let reading = policy(of: rollout, diagnosis, evidence, now: now)
        return reading.isOpen == false ? reading : nil
    }

    private var stormReading: Reading {
        guard let storm else { return Reading(.storm, isOpen: nil, "depends on all Rollouts in scope") }
        let count =
            "\(storm.recent) of \(storm.total) Rollouts in scope timed out in the last \(Storm.minutes) minutes"
        return Reading(
            .storm, isOpen: !storm.rages, storm.rages ? "\(count): something larger is wrong" : count)
    }

    private func optOut(_ rollout: Rollout) -> Reading {
        let why = leavesAlone(rollout)
        return Reading(
            .optOut, isOpen: why == nil,
            why ?? (optIn == nil ? "no \(Marks.ignore)" : "\(Marks.heal) is \"true\""))
    }

    private func deleting(_ rollout: Rollout) -> Reading {
        Reading(
            .deleting, isOpen: !rollout.isBeingDeleted,
            rollout.isBeingDeleted ? "it is being deleted" : "it is not being deleted")
    }

    private func policy(
        of rollout: Rollout, _ diagnosis: Diagnosis, _ evidence: Evidence, now: Timestamp
    ) -> Reading {
        guard restarts(diagnosis), rollout.health.matches else {
            return Reading(.policy, isOpen: false, "\(policy.rawValue) restarts \(policy.scope)")
        }
        guard needsRefreshFirst(diagnosis) else {
            return Reading(.policy, isOpen: true, "\(policy.rawValue) restarts \(diagnosis.rawValue)")
        }
        guard let mark = rollout.markSinceTimeOut(evidence, now: now) else {
            return Reading(.policy, isOpen: false, "no refresh has been tried since it timed out")
        }
        let age = HumanDuration.text(since: min(mark.time, now), now: now)
        return rollout.hasTriedRefresh(evidence, now: now)
            ? Reading(.policy, isOpen: true, "a refresh \(age) ago did not help")
            : Reading(
                .policy, isOpen: false,
                "refreshed \(age) ago: it has \(Rollout.refreshPatience.components.seconds) s to help",
                opensAt: mark.time + Rollout.refreshPatience)
    }

    private func solePod(_ rollout: Rollout) -> Reading {
        let taken = rollout.restartedAtOnce
        let isOpen = taken < rollout.desiredReplicas
        let counts = "\(taken) of \(rollout.desiredReplicas)"
        return Reading(
            .solePod, isOpen: isOpen || allowsSolePod,
            isOpen
                ? "a restart evicts at most \(counts) pods at once"
                : "a restart would evict \(rollout.desiredReplicas == 1 ? "its only pod" : "all its pods at once")"
                    + (allowsSolePod ? ", which is allowed" : ""))
    }

    private func attempts(_ rollout: Rollout, now: Timestamp) -> Reading {
        switch Attempts(of: rollout, now: now) {
        case .malformed(let label): return Reading(.attempts, isOpen: false, "malformed state: label \(label)")
        case .count(let count):
            return Reading(
                .attempts, isOpen: count < maxRestarts,
                "\(count) of \(maxRestarts) allowed restarts did not help for pod hash \(rollout.podHash ?? "-")")
        }
    }

    private func coolDown(_ rollout: Rollout, now: Timestamp) -> Reading {
        guard let last = rollout.lastRestart(now: now), let end = coolDownEnd(of: rollout, now: now) else {
            return Reading(.coolDown, isOpen: true, "never restarted")
        }
        let interval = coolDown(of: rollout)
        let whose = interval > coolDown ? ": this Rollout's progressDeadlineSeconds" : ""
        let reason =
            "restarted \(HumanDuration.text(since: last, now: now)) ago; at most one in \(HumanDuration.text(interval))\(whose)"
        return Reading(.coolDown, isOpen: now >= end, reason, opensAt: now >= end ? nil : end)
    }

    private func budget(of rollout: Rollout, _ evidence: Evidence, _ budgets: Budgets) -> Reading {
        switch budgets {
        case .notAsked: return Reading(.budget, isOpen: nil, "read right before a restart")
        case .forbidden:
            return Reading(.budget, isOpen: false, "permission to list poddisruptionbudgets is missing")
        case .live where evidence.ownedReplicaSets(of: rollout).isEmpty:
            return Reading(.budget, isOpen: nil, "its ReplicaSets were not read")
        case .live(let all):
            let matching = all.filter { budget in
                evidence.ownedReplicaSets(of: rollout).contains { replicaSet in
                    replicaSet.status.replicas ?? 0 > 0
                        && budget.matches(replicaSet.spec.template?.metadata?.labels ?? [:])
                }
            }
            let names = matching.map(\.metadata.name).sorted()
            if names.count > 1 {
                return Reading(
                    .budget, isOpen: false,
                    "PodDisruptionBudgets \(names.joined(separator: ", ")) match the same pods: every eviction fails, and "
                        + "a pending restart freezes the Rollout")
            }
            guard let only = matching.first else {
                return Reading(.budget, isOpen: true, "no PodDisruptionBudget matches")
            }
            let allowed = only.status?.disruptionsAllowed ?? 0
            return Reading(
                .budget, isOpen: allowed > 0,
                "PodDisruptionBudget \(only.metadata.name) allows \(allowed) disruptions")
        }
    }

    private func evictable(_ rollout: Rollout, _ evidence: Evidence) -> Reading {
        guard let count = rollout.evictableNow(evidence) else {
            return Reading(.evictable, isOpen: nil, "its ReplicaSets were not read")
        }
        return Reading(
            .evictable, isOpen: count > 0,
            count > 0
                ? "the controller could evict \(count) of its pods now"
                : "the controller could evict no pod now; a restart would take effect later")
    }
}
