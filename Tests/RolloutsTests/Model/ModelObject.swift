import Foundation

@testable import Rollouts

/// What ails a Rollout of the model, and what a restart does to it.
enum Ailment: CaseIterable {
    case none
    /// A restart heals it for good.
    case stuck
    /// A restart heals it, and it is stuck again after a while.
    case recurring
    /// A restart is carried out and changes nothing.
    case hopeless
    /// Pods are missing, most of the time: nothing changes on the Rollout when they come and go.
    case unavailable
    /// Times out and turns Healthy by itself.
    case flapping
    /// Stuck, and an autoscaler changes it all the time.
    case autoscaled
    case oldPods
    case ignored, paused, aborted, updating, single

    /// A restart that is carried out heals it.
    var isHealable: Bool { [.none, .stuck, .recurring, .autoscaled].contains(self) }
}

/// A Rollout as the model's API server stores it, with the pods that only ReplicaSets tell of.
struct ModelObject {
    var rollout: Rollout
    var ailment: Ailment
    /// Pods that are not available, of the current ReplicaSet.
    var missing: Int64 = 0
    /// The current ReplicaSet is being scaled.
    var isScaling = false
    /// A restart is being carried out, or waited for.
    var carrying: String?
    /// How often pod templates have changed.
    var deployments = 0

    private static let stuckTemplate = template(
        """
        {"metadata": {"name": "", "uid": "", "generation": 1, "labels": {"app": "web"}},
        "spec": {"replicas": 5, "strategy": {"blueGreen": {}}},
        "status": {"observedGeneration": "1", "phase": "Degraded", "message": "\(Self.message)",
        "currentPodHash": "hash0", "stableRS": "hash0", "conditions": [
        {"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded"},
        {"type": "Healthy", "status": "False", "reason": "RolloutHealthy"}]}}
        """, as: Rollout.self)
    private static let canaryTemplate = template(
        """
        {"metadata": {"name": ""}, "spec": {"strategy": {"canary": {}}}}
        """, as: Rollout.self)
    private static let setTemplate = template(
        """
        {"metadata": {"name": "", "generation": 1, "labels": {}, "ownerReferences": [{"uid": ""}]},
        "status": {"observedGeneration": 1}}
        """, as: ReplicaSet.self)
    static let message = "ProgressDeadlineExceeded: ReplicaSet has timed out progressing."

    private static func template<Object: Decodable>(_ json: String, as type: Object.Type) -> Object {
        guard let object = try? JSONDecoder().decode(type, from: Data(json.utf8)) else {
            fatalError("a template of the model cannot be read")
        }
        return object
    }

    init(_ id: RolloutID, uid: String, _ ailment: Ailment, since: Timestamp, deadline: Int64?) {
        rollout = Self.stuckTemplate
        self.ailment = ailment
        rollout.metadata.name = id.name
        rollout.metadata.namespace = id.namespace
        rollout.metadata.uid = uid
        rollout.spec.progressDeadlineSeconds = deadline
        timeOut(at: since)
        switch ailment {
        case .none: turnHealthy(at: since)
        case .oldPods: rollout.spec.strategy = Self.canaryTemplate.spec.strategy
        case .ignored: rollout.metadata.labels?[Marks.ignore] = "true"
        case .paused: rollout.spec.paused = true
        case .aborted: rollout.status.abort = true
        case .updating: rollout.status.stableRS = "another"
        case .single: rollout.spec.replicas = 1
        case .unavailable: missing = 1
        case .stuck, .recurring, .hopeless, .flapping, .autoscaled: break
        }
    }

    mutating func timeOut(at moment: Timestamp) {
        rollout.status.phase = Health.degraded
        rollout.status.message = Self.message
        setCondition("Progressing", "False", at: moment)
        setCondition("Healthy", "False", at: moment)
    }

    mutating func progress() {
        rollout.status.phase = Health.progressing
        rollout.status.message = "more replicas need to be updated"
    }

    mutating func turnHealthy(at moment: Timestamp) {
        rollout.status.phase = Health.healthy
        rollout.status.message = ""
        setCondition("Progressing", "True", at: moment)
        setCondition("Healthy", "True", at: moment)
    }

    /// The transition moves only when the status does.
    private mutating func setCondition(_ type: String, _ status: String, at moment: Timestamp) {
        guard let index = rollout.status.conditions?.firstIndex(where: { $0.type == type }) else { return }
        let text = moment.rfc3339
        let old = rollout.status.conditions?[index]
        if old?.status != status || old?.lastTransitionTime == nil {
            rollout.status.conditions?[index].lastTransitionTime = text
        }
        rollout.status.conditions?[index].status = status
        rollout.status.conditions?[index].lastUpdateTime = text
    }

    /// What a list of its ReplicaSets says now.
    var evidence: Evidence {
        var sets = [set(rollout.podHash ?? "", available: rollout.desiredReplicas - missing)]
        if isScaling { sets[0].metadata.generation = 2 }
        if ailment == .oldPods { sets.append(set("older", available: 1)) }
        return .live(sets)
    }

    private func set(_ hash: String, available: Int64) -> ReplicaSet {
        var set = Self.setTemplate
        set.metadata.name = "\(rollout.metadata.name)-\(hash)"
        set.metadata.namespace = rollout.metadata.namespace
        set.metadata.labels = [ReplicaSet.podHashLabel: hash]
        set.metadata.ownerReferences?[0].uid = rollout.metadata.uid
        set.status.replicas = available
        set.status.availableReplicas = available
        return set
    }
}
