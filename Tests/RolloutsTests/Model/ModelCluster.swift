import Formats
@testable import Rollouts

/// A simulated API server with its Rollouts; extensions add its controller and users.
final class ModelCluster {
    /// The behaviour of its clocks.
    enum Clocks: CaseIterable {
        case exact
        /// `Date` is cut to seconds, and comes from different servers.
        case truncated
        /// Two of the servers are up to an hour off.
        case jumping
    }

    /// A rule that our processes are made to violate, which must be detected.
    enum Fault: CaseIterable {
        case coolDown, attempts, policy, settle, evidence, restarts
        /// Unobserved restarts are forgotten.
        case breaker
        /// Restarts without effect stay armed.
        case takeBack
    }

    /// 2026-03-01T12:00:00Z.
    static let start: Int64 = 1_772_366_400

    let simulation: Simulation
    let clocks: Clocks
    let ledger: Ledger
    let fault: Fault?
    private let offsets: [Int64]
    var objects: [RolloutID: ModelObject] = [:]
    /// All writes in order; nil for a deletion.
    private(set) var log: [(id: RolloutID, rollout: Rollout?)] = []
    var onWrite: () -> Void = {}
    /// Whether no new faults occur.
    var isCalm = false
    /// Whether nothing is observed, completed or written to a status.
    var isControllerDown = false
    /// When it last became available.
    var controllerUpSince = Timestamp(secondsSince1970: 0)
    /// The controller's work, postponed until it can process the Rollout again.
    var postponed: [(id: RolloutID, work: (ModelObject) -> Void)] = []
    private var version = 100
    private var uids = 0

    init(_ simulation: Simulation, _ clocks: Clocks, _ ledger: Ledger, fault: Fault?) {
        self.fault = fault
        self.simulation = simulation
        self.clocks = clocks
        self.ledger = ledger
        offsets =
            switch clocks {
            case .exact: [0]
            case .truncated: [0, 0, -1]
            case .jumping: [0, simulation.chance.pick(-3600...3600), simulation.chance.pick(-3600...3600)]
            }
    }

    /// True time, which is also the controller's.
    var now: Timestamp { Timestamp(secondsSince1970: Self.start + simulation.time / 1000) }

    /// The Rollouts in a list of the state before write number `cursor`.
    func rollouts(at cursor: Int) -> [Rollout] {
        var found: [RolloutID: Rollout] = [:]
        for (id, rollout) in log.prefix(cursor) { found[id] = rollout }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The settings of our processes, weaker than the ledger's if a fault is planted.
    func planted(_ settings: Watchlist.Settings) -> Watchlist.Settings {
        var settings = settings
        switch fault {
        case .coolDown: settings.rule.coolDown = .zero
        case .attempts: settings.rule.maxRestarts += 1
        case .policy: settings.rule.policy = .rule
        case .settle: settings.settle = .zero
        case .restarts: settings.restarts = true
        case .evidence, .breaker, .takeBack, nil: break
        }
        return settings
    }

    /// The clock offset of the server that responds.
    func pickOffset() -> Int64 { isCalm ? 0 : simulation.chance.pick(offsets) }

    // MARK: Writes

    func create(
        _ id: RolloutID, _ ailment: Ailment, _ gitOps: GitOps = .none, ago seconds: Int64, deadline: Int64?
    ) {
        uids += 1
        var object = ModelObject(
            id, uid: "uid\(uids)", ailment, since: now.advanced(by: .seconds(-seconds)), deadline: deadline)
        object.gitOps = gitOps
        object.dateSpec()
        objects[id] = object
        change(id) { _ in }
        live(id)
    }

    func delete(_ id: RolloutID) {
        guard objects.removeValue(forKey: id) != nil else { return }
        postponed.removeAll { $0.id == id }
        ledger.deleted(id)
        version += 1
        log.append((id, nil))
        onWrite()
    }

    func change(_ id: RolloutID, spec: Bool = false, _ edit: (inout ModelObject) -> Void) {
        guard var object = objects[id] else { return }
        let (hash, restartAt) = (object.rollout.podHash, object.rollout.spec.restartAt)
        edit(&object)
        if object.rollout.podHash != hash { object.written = now }
        if object.rollout.spec.restartAt != restartAt {
            object.restartWritten = object.rollout.spec.restartAt == nil ? nil : now
        } else if spec {
            object.specWritten = now
        }
        object.dateSpec()
        if !object.isStale, !isControllerDown, !object.isFrozen { object.count() }
        if spec { object.rollout.metadata.generation = (object.rollout.metadata.generation ?? 0) + 1 }
        version += 1
        object.rollout.metadata.resourceVersion = String(version)
        objects[id] = object
        log.append((id, object.rollout))
        simulation.say(
            "\(id.name) v\(version) \(object.rollout.status.phase ?? "") asked \(object.rollout.spec.restartAt ?? "-") "
                + "done \(object.rollout.status.restartedAt ?? "-") \(object.rollout.metadata.labels ?? [:])")
        ledger.stored(object)
        onWrite()
        if spec { reconcile(id) }
    }

    /// Applies the patch like the API server; returns false for a conflict.
    func takeBack(_ patch: RestartPatch, of id: RolloutID) -> Bool {
        guard isCurrent(patch, id) else { return false }
        change(id, spec: true) { object in
            object.rollout.spec.restartAt = nil
            object.rollout.metadata.labels?[Marks.restartedAt] = String(patch.writtenAt.secondsSince1970)
        }
        return true
    }

    private func isCurrent(_ patch: RestartPatch, _ id: RolloutID) -> Bool {
        objects[id].map {
            $0.rollout.metadata.uid == patch.uid && $0.rollout.metadata.resourceVersion == patch.resourceVersion
        } ?? false
    }

    /// Applies a patch; returns false for a conflict.
    ///
    /// - Parameters:
    ///   - process: the sender.
    ///   - isAnswered: whether the sender receives the response.
    func accept(
        _ patch: RestartPatch, to id: RolloutID, hasJumped: Bool, by process: String, isAnswered: Bool
    ) -> Bool {
        guard let object = objects[id], isCurrent(patch, id) else { return false }
        let canLook = !isControllerDown && object.mark.map { $0.time > controllerUpSince } ?? false
        ledger.count(id, object, by: process, isAnswered, at: now)
        ledger.accepted(patch, to: object, hasJumped: hasJumped, canLook: canLook, at: now)
        change(id, spec: true) { object in
            object.rollout.spec.restartAt = patch.restartAt?.rfc3339
            if let attempt = patch.attempt {
                object.rollout.metadata.labels?[Marks.restarts] = String(attempt.count)
                object.rollout.metadata.labels?[Marks.podHash] = attempt.podHash
                object.rollout.metadata.labels?[Marks.restartedAt] = String(patch.writtenAt.secondsSince1970)
            }
        }
        return true
    }

    /// Applies a refresh.
    func refresh(_ order: RefreshOrder, on id: RolloutID) -> RefreshResult {
        var result = RefreshResult()
        guard let object = objects[id], object.rollout.metadata.uid == order.rollout.metadata.uid else {
            result.isOvertaken = true
            return result
        }
        ledger.refreshed(object, order, at: now)
        if order.step == .label || order.plan.labelsAtOnce {
            result.hasLabel = true
            change(id) { $0.rollout.metadata.labels?[Marks.refreshed] = order.plan.mark.text }
        }
        if order.step == .first, !order.plan.replicaSets.isEmpty {
            result.replicaSets = order.plan.replicaSets.count
            objects[id]?.mark = order.plan.mark
            lookAgain(id)
        }
        return result
    }

    /// Runs `work` later if the object has not been recreated.
    func later(_ id: RolloutID, _ delay: Int64, _ work: @escaping (ModelObject) -> Void) {
        let uid = objects[id]?.rollout.metadata.uid
        simulation.after(delay) { [unowned self] in
            if let object = objects[id], object.rollout.metadata.uid == uid { work(object) }
        }
    }
}
