internal import Formats
internal import RolloutHeal
internal import Rollouts
internal import Synchronization

/// Turns what `heal`, `refresh` and `restart` report into changes, as `watch` tells them: for Events and notifications.
final class StepChanges: Sendable {
    private struct State {
        /// Events need it, so that `kubectl describe` finds them.
        var uids: [RolloutID: String] = [:]
        /// The number of the last restart, counted for its pod template.
        var attempts: [RolloutID: Int] = [:]
        /// Pods that the restart replaces.
        var pods: [RolloutID: Int64] = [:]
    }

    private let maxRestarts: Int
    private let tell: @Sendable (Change) -> Void
    private let state = Mutex(State())

    /// - Parameter maxRestarts: the restarts that may fail to help; after that many, a Rollout is given up.
    init(maxRestarts: Int, tell: @escaping @Sendable (Change) -> Void) {
        self.maxRestarts = maxRestarts
        self.tell = tell
    }

    func know(_ rollouts: [Rollout]) {
        state.withLock { state in
            for rollout in rollouts { state.uids[RolloutID(rollout)] = rollout.metadata.uid }
        }
    }

    func saw(_ progress: HealProgress) {
        switch progress {
        case .refreshed(let id, let writes, let reason, let consequence):
            let next = consequence.map { "; the controller \($0)" } ?? ""
            tell(.refreshed, id, "wrote to \(writes.text): \(reason)\(next)")
        case .restarted(let id, let restartAt, let attempt): restarted(id, restartAt, attempt)
        case .interrupted(let id, .takenBack?): tell(.cancelled, id, Self.takenBack)
        case .interrupted, .settling, .following: break
        }
    }

    func ended(_ outcome: HealOutcome) {
        let id = outcome.id
        switch outcome.result {
        case .healed(let step, let after, let evicted):
            let remedy: Change.Remedy = step == .refresh ? .refresh : .restart
            recovered(id, by: remedy, after: after, evicted: evicted, diagnosis: outcome.diagnosis)
        case .notHealed(.restart, let why) where outcome.isTakenBack: tell(.cancelled, id, why)
        case .notHealed(.restart, let why): notHelped(id, why)
        case .notHealed(.refresh, let why) where outcome.diagnosis?.isControllersView == true:
            tell(.error, id, "status is still wrong after a refresh: \(why)") {
                $0.diagnosis = outcome.diagnosis
                $0.failure = .refreshInVain
            }
        default: break
        }
    }

    func ended(_ outcome: RestartOutcome) {
        let id = outcome.id
        if let uid = outcome.uid { state.withLock { $0.uids[id] = uid } }
        switch outcome.result {
        case .restarted(let restartAt, let attempt, _):
            state.withLock { $0.pods[id] = outcome.pods }
            restarted(id, restartAt, attempt)
        case .unobserved(let isTakenBack):
            tell(.restarted, id, "restarted; the controller has not observed it")
            if isTakenBack { tell(.cancelled, id, "the controller has not observed the restart; no pod was evicted") }
        case .cancelled: tell(.cancelled, id, "taken back on request")
        case .refreshed(let after): recovered(id, by: .refresh, after: after, evicted: 0, diagnosis: nil)
        case .denied, .skipped, .failed: break
        }
    }

    func ended(_ outcome: FollowOutcome) {
        switch outcome.result {
        case .recovered(let after):
            let pods = state.withLock { $0.pods[outcome.id] }
            recovered(outcome.id, by: .restart, after: after, evicted: pods, diagnosis: nil)
        case .takenBack: tell(.cancelled, outcome.id, Self.takenBack)
        case .notRecovered(let why): notHelped(outcome.id, why)
        }
    }

    private static let takenBack = "the restart was taken back: it had made no progress, and no pod was evicted"

    private func restarted(_ id: RolloutID, _ restartAt: Timestamp, _ attempt: Int) {
        state.withLock { $0.attempts[id] = attempt }
        tell(.restarted, id, "restart \(attempt) of this pod template, requested at \(restartAt.rfc3339)") {
            $0.attempt = attempt
        }
    }

    private func recovered(
        _ id: RolloutID, by remedy: Change.Remedy, after: Duration, evicted: Int64?, diagnosis: Diagnosis?
    ) {
        let pods = evicted.map { $0 == 0 ? ", no pod evicted" : ", \(HealReport.count(Int($0), "pod")) evicted" } ?? ""
        tell(.recovered, id, "healed by a \(remedy.rawValue) in \(HealReport.seconds(after)) s\(pods)") {
            $0.diagnosis = diagnosis
            $0.recovery = .init(by: remedy, duration: after, evicted: evicted)
        }
    }

    private func notHelped(_ id: RolloutID, _ why: String) {
        let attempt = state.withLock { $0.attempts[id] }
        let isLast = attempt.map { $0 >= maxRestarts } ?? false
        tell(isLast ? .gaveUp : .error, id, "the restart did not help: \(why)") {
            $0.attempt = attempt
            if isLast { $0.gate = .attempts } else { $0.failure = .restartInVain }
        }
    }

    private func tell(
        _ kind: Change.Kind, _ id: RolloutID, _ message: String, _ adjust: (inout Change) -> Void = { _ in }
    ) {
        var change = Change(kind, id, uid: state.withLock { $0.uids[id] }, message: message)
        adjust(&change)
        tell(change)
    }
}

extension RefreshWrites {
    /// The objects that were written: `2 ReplicaSets and the Rollout`.
    var text: String {
        ((replicaSets > 0 ? [HealReport.count(replicaSets, "ReplicaSet")] : []) + (hasLabel ? ["the Rollout"] : []))
            .joined(separator: " and ")
    }
}
