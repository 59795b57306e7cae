import Formats
import Foundation

@testable import Rollouts

/// The ailment of a simulated Rollout, and how it reacts to a restart.
enum Ailment: CaseIterable {
    case none
    /// A restart heals it for good.
    case stuck
    /// A restart heals it until it becomes stuck again.
    case recurring
    /// A restart is completed without effect.
    case hopeless
    /// Pods are missing most of the time; the Rollout does not change when they come and go.
    case unavailable
    /// Times out and becomes Healthy by itself.
    case flapping
    /// Stuck, and an autoscaler changes it continuously.
    case autoscaled
    case oldPods
    /// The controller counts a stale state: a refresh heals it until it recurs.
    case stale
    /// Looks stuck for no visible reason; a refresh heals it until it recurs.
    case refreshable
    case ignored, paused, aborted, updating, single

    /// Whether a refresh heals it.
    var isRefreshable: Bool { self == .stale || self == .refreshable }

    /// Whether a completed restart heals it.
    var isHealable: Bool { [.none, .stuck, .recurring, .autoscaled].contains(self) }
}

/// What a GitOps tool does to a Rollout every minute.
enum GitOps: Equatable {
    case none
    /// Restores a time from its manifest.
    case pins(String)
    /// Removes our labels, as Argo CD does with `Replace=true`.
    case strips
    /// Also removes the restart.
    case replaces

    /// Whether our labels on the object are lost.
    var removesLabels: Bool { self == .strips || self == .replaces }
}

/// What prevents the completion of a restart.
struct Block {
    /// The blocked restart.
    var asked: String
    /// Whether there are several PodDisruptionBudgets, so that the controller stops processing the Rollout; with one it
    /// waits.
    var freezes: Bool
}

/// A Rollout stored in the simulated API server, with its pods, which only ReplicaSets show.
struct ModelObject {
    var rollout: Rollout
    var ailment: Ailment
    /// The unavailable pods of the current ReplicaSet.
    var missing: Int64 = 0
    /// Whether the current ReplicaSet is being scaled.
    var isScaling = false
    /// The latest refresh, on the current ReplicaSet.
    var mark: RefreshMark?
    /// When its ReplicaSets were last written.
    var written: Timestamp
    /// When its spec was last written, except for restarts.
    var specWritten: Timestamp
    /// When the restart was written; one that is taken back leaves no time in `managedFields`.
    var restartWritten: Timestamp?
    /// The current ReplicaSet's size, as scaled by the controller.
    var pods: Int64 = 5
    /// The creation time of its oldest pod.
    var podsFrom: Timestamp
    var gitOps = GitOps.none
    /// A restart that PodDisruptionBudgets block.
    var blocked: Block?
    /// Whether the controller's view is stale: the status does not change until a refresh.
    var isStale = false
    /// Whether it recurs after a refresh has healed it.
    var relapses = false
    /// The restart being performed or waited for.
    var carrying: String?
    /// How often the pod template has changed.
    var deployments = 0

    private static let stuckTemplate = template(
        """
        {"metadata": {"name": "", "uid": "", "generation": 1, "labels": {"app": "web"},
        "managedFields": [{"fieldsV1": {"f:spec": {}}}]},
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
        {"metadata": {"name": "", "uid": "", "resourceVersion": "1", "generation": 1, "labels": {},
        "ownerReferences": [{"uid": ""}], "managedFields": [{"fieldsV1": {"f:spec": {}, "f:status": {}}}]},
        "spec": {}, "status": {"observedGeneration": 1}}
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
        written = since
        specWritten = since
        podsFrom = since
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
        case .single:
            rollout.spec.replicas = 1
            pods = 1
        case .unavailable: missing = 1
        case .stale: goStale(at: since)
        case .stuck, .recurring, .hopeless, .flapping, .autoscaled, .refreshable: break
        }
    }

    /// Removes two pods without the controller's knowledge.
    mutating func goStale(at moment: Timestamp) {
        count()
        isStale = true
        written = moment
        let counted = pods + 2
        rollout.status.replicas = counted
        rollout.status.updatedReplicas = counted
        rollout.status.HPAReplicas = counted
        progress()
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
        showPhase()
    }

    /// Shows a healthy Rollout as paused or restarting, in the controller's order.
    mutating func showPhase() {
        guard
            [Health.healthy, Health.paused].contains(rollout.status.phase) || rollout.status.message == Self.restarting
        else { return }
        (rollout.status.phase, rollout.status.message) =
            if rollout.spec.paused == true {
                (Health.paused, "manually paused")
            } else if rollout.hasUnfinishedRestart {
                (Health.progressing, Self.restarting)
            } else {
                (Health.healthy, "")
            }
    }

    private static let restarting = "rollout is restarting"

    /// Sets a condition; its transition time changes only with the status.
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

    /// Sets the counters from the live state.
    mutating func count() {
        let all = pods + (ailment == .oldPods ? 1 : 0)
        rollout.status.replicas = all
        rollout.status.updatedReplicas = pods
        rollout.status.readyReplicas = 0
        rollout.status.availableReplicas = all - missing
        rollout.status.HPAReplicas = all
    }

    /// Whether the controller cannot process it until the restart is taken back.
    var isFrozen: Bool { blocked.map { $0.freezes && $0.asked == rollout.spec.restartAt } ?? false }

    /// The last write that resets the interval of refreshes.
    var lastChange: Timestamp { [written, specWritten, restartWritten].compactMap { $0 }.max() ?? written }

    /// Updates the time in `managedFields`.
    mutating func dateSpec() {
        rollout.metadata.managedFields?[0].time = max(specWritten, restartWritten ?? specWritten)
    }

    /// Whether the counters match the live state.
    var isCounted: Bool {
        var counted = self
        counted.count()
        return isStale || counted.rollout.status == rollout.status
    }

    /// The current evidence.
    var evidence: Evidence {
        var sets = [set(rollout.podHash ?? "", pods: pods, missing: missing)]
        if let mark { sets[0].metadata.annotations = [Marks.refreshed: mark.text] }
        if isScaling { sets[0].metadata.generation = 2 }
        if ailment == .oldPods { sets.append(set("older", pods: 1)) }
        return .live(sets)
    }

    private func set(_ hash: String, pods: Int64, missing: Int64 = 0) -> ReplicaSet {
        var set = Self.setTemplate
        set.metadata.name = "\(rollout.metadata.name)-\(hash)"
        set.metadata.namespace = rollout.metadata.namespace
        set.metadata.labels = [ReplicaSet.podHashLabel: hash]
        set.metadata.ownerReferences?[0].uid = rollout.metadata.uid
        set.metadata.uid = "\(rollout.metadata.uid ?? "")-\(hash)"
        set.metadata.resourceVersion = "\(written.secondsSince1970)-\(pods)-\(missing)-\(mark?.text ?? "")"
        set.metadata.managedFields?[0].time = written
        set.spec.replicas = pods
        set.status.replicas = pods
        set.status.availableReplicas = pods - missing
        return set
    }
}
