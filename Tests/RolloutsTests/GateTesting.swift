import Formats
import Foundation
import TestSupport

@testable import Rollouts

/// Shared by tests of gates: a Rollout, its ReplicaSets, and the rule's result.
protocol GateTesting {}

extension GateTesting {
    var now: Timestamp { Timestamp(secondsSince1970: ObjectFixture.now) }
    var null: NSNull { NSNull() }
    /// All pods available, and a refresh that did not help.
    var proof: [ObjectFixture] { [.replicaSet().marked(60)] }

    func labels(_ restarts: String, hash: String = "7d9f5c", at seconds: Int64? = nil) -> [String: Any] {
        let moment = seconds.map { ["rollout-heal/restarted-at": String(ObjectFixture.now - $0)] } ?? [:]
        return ["labels": moment.merging(["rollout-heal/restarts": restarts, "rollout-heal/pod-hash": hash]) { $1 }]
    }

    /// Restarted `seconds` ago, completed, and timed out again two minutes ago.
    func restarted(
        _ seconds: Int64, restarts: String = "1", healthySince flip: Int64? = nil, spec: [String: Any] = [:],
        hash: String = "7d9f5c"
    ) -> ObjectFixture {
        let healthy = flip.map { [ObjectFixture.condition("Healthy", "False", "RolloutHealthy", since: $0)] } ?? []
        let timedOut = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 120)]
        return .rollout(
            spec: ["restartAt": ObjectFixture.ago(seconds)].merging(spec) { $1 },
            status: ["restartedAt": ObjectFixture.ago(seconds), "conditions": healthy + timedOut],
            metadata: labels(restarts, hash: hash, at: seconds))
    }

    func verdict(
        _ fixture: ObjectFixture, _ rule: HealRule = HealRule(),
        evidence: [ObjectFixture]? = [.replicaSet().marked(60)],
        budgets: Budgets = .notAsked
    ) throws -> Verdict? {
        let live = try evidence.map { Evidence.live(try $0.map { try $0.decoded() }) } ?? .forbidden
        return rule.verdict(on: try fixture.decoded(), live, budgets, now: now)
    }

    func readings(
        _ fixture: ObjectFixture, _ rule: HealRule = HealRule(), _ diagnosis: Diagnosis = .stuck,
        evidence: [ObjectFixture] = [.replicaSet().marked(60)], budgets: Budgets = .notAsked
    ) throws -> [Gate: Reading] {
        let live = Evidence.live(try evidence.map { try $0.decoded() })
        let all = rule.readings(of: try fixture.decoded(), diagnosis, live, budgets, now: now)
        return Dictionary(uniqueKeysWithValues: all.map { ($0.gate, $0) })
    }
}
