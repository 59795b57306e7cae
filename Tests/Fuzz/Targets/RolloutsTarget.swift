import Formats
import FoundationEssentials

@testable import Rollouts

extension Target {
    /// Any JSON as a Rollout is judged without a trap, and restarted only if the rule matches exactly.
    static let rollouts = Target(name: "rollout") { bytes in
        guard let rollout = try? JSONDecoder().decode(Rollout.self, from: Data(bytes)) else { return }
        _ = Rollout.isPlainlyWell(Array(bytes))
        let good = replicaSet(of: rollout, available: rollout.desiredReplicas)
        // The second has the counters of the status, as far as one ReplicaSet can.
        let believed = replicaSet(of: rollout, available: rollout.status.availableReplicas ?? 0)
        let sets = [good, believed].compactMap { $0 }
        let evidence = [Evidence.forbidden, .notGiven, .live([])] + sets.map { .live([$0]) }
        for (now, evidence) in pairs(moments, evidence) {
            for policy in Policy.allCases {
                let rule = HealRule(policy: policy)
                judge(rollout, rule, evidence, Timestamp(secondsSince1970: now))
            }
        }
    }

    /// The epoch, a current time, and the extreme values.
    private static let moments: [Int64] = [.min, 0, 1_772_366_400, 253_402_300_799, .max]
}

private func judge(_ rollout: Rollout, _ rule: HealRule, _ evidence: Evidence, _ now: Timestamp) {
    let verdict = rule.verdict(on: rollout, evidence, now: now)
    let patch = RestartPatch.restart(rollout, now: now)
    _ = (rule.needsEvidence(for: rollout), patch?.restartAt?.rfc3339, try? JSONEncoder().encode(patch))
    if let diagnosis = verdict?.diagnosis {
        _ = rule.readings(of: rollout, diagnosis, evidence, now: now)
        _ = (rollout.explanation(of: diagnosis, evidence, now: now), Settle(diagnosis, of: rollout))
    }
    let plan = RefreshPlan(of: rollout, evidence, now: now)
    precondition(plan.mark.count > 0 && plan.replicaSets.count <= 2, "marks more than there is")
    _ = (
        plan.consequence, rollout.refreshDue(evidence, now: now),
        rollout.action(for: verdict?.diagnosis, evidence, now: now)
    )
    let isDegraded = rollout.status.phase == "Degraded" || (rollout.status.phase ?? "").isEmpty
    let restarts = planted(
        verdict?.restarts == true, as: true, where: rollout.spec.paused == true && rollout.desiredReplicas > 0)
    guard restarts else { return }
    precondition(isDegraded && rollout.health.matches, "restarts what does not match")
    precondition(!rollout.isIgnored, "restarts what has opted out")
    guard rule.policy != .rule else { return }
    precondition(rollout.spec.paused != true && rollout.status.abort != true, "restarts what is paused or aborted")
    precondition(rollout.desiredReplicas != 0, "restarts nothing")
    precondition(verdict?.diagnosis.isControllersView != true, "restarts what a refresh heals")
    if let end = rule.coolDownEnd(of: rollout, now: now) { precondition(now >= end, "restarts within the cool-down") }
    if rule.policy == .strict { precondition(rollout.desiredReplicas != 1, "takes the only pod") }
}

/// The live ReplicaSet that would prove `rollout` to be stuck.
private func replicaSet(of rollout: Rollout, available: Int64) -> ReplicaSet? {
    guard let hash = rollout.podHash, let uid = rollout.metadata.uid,
        let hashJSON = try? JSONEncoder().encode([ReplicaSet.podHashLabel: hash]),
        let uidJSON = try? JSONEncoder().encode([["uid": uid]])
    else { return nil }
    let json =
        "{\"metadata\":{\"name\":\"x\",\"labels\":\(String(decoding: hashJSON, as: UTF8.self)),"
        + "\"ownerReferences\":\(String(decoding: uidJSON, as: UTF8.self)),\"uid\":\"x\"},"
        + "\"spec\":{\"replicas\":\(rollout.wantedReplicas)},\"status\":{\"replicas\":\(rollout.status.replicas ?? 0),"
        + "\"readyReplicas\":\(rollout.status.readyReplicas ?? 0),\"availableReplicas\":\(available)}}"
    return try? JSONDecoder().decode(ReplicaSet.self, from: Data(json.utf8))
}

private func pairs<First, Second>(_ first: [First], _ second: [Second]) -> [(First, Second)] {
    first.flatMap { one in second.map { (one, $0) } }
}
