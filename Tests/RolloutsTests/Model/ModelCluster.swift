import Formats
@testable import Rollouts

/// An API server with its Rollouts; what its controller does, and people, are in files of their own.
final class ModelCluster {
    /// What its clocks can do.
    enum Clocks: CaseIterable {
        case exact
        /// A `Date` is cut to the second, and comes from one server or another.
        case truncated
        /// Two of the servers are up to an hour off.
        case jumping
    }

    /// A rule that processes of ours do not keep, to see that it is found.
    enum Fault: CaseIterable {
        case coolDown, attempts, policy, settle, evidence, restarts
        /// Restarts that were not observed are forgotten.
        case breaker
        /// What nothing comes of is left armed.
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
    /// Every write, in order; nil is a deletion.
    private(set) var log: [(id: RolloutID, rollout: Rollout?)] = []
    var onWrite: () -> Void = {}
    /// Nothing new goes wrong.
    var isCalm = false
    /// Nothing is observed, carried out, or written to a status.
    var isControllerDown = false
    /// Since when it works.
    var controllerUpSince = Timestamp(secondsSince1970: 0)
    /// What the controller does when it can do something with the Rollout again.
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

    /// True time; the controller's clock too.
    var now: Timestamp { Timestamp(secondsSince1970: Self.start + simulation.time / 1000) }

    /// What a list of the state before the write of that number says.
    func rollouts(at cursor: Int) -> [Rollout] {
        var found: [RolloutID: Rollout] = [:]
        for (id, rollout) in log.prefix(cursor) { found[id] = rollout }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }

    /// What a process of ours goes by, which is less than the ledger demands where a fault is planted.
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

    /// How far the clock is off of the server that happens to answer.
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

    /// As the API server does, if nobody has changed it meanwhile; false is a conflict.
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

    /// The answer to a patch: false is a conflict.
    ///
    /// - Parameters:
    ///   - process: that sent it.
    ///   - isAnswered: it knows at once what became of it.
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

    /// A refresh lands.
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

    /// Does `work` later, if it is still the same object.
    func later(_ id: RolloutID, _ delay: Int64, _ work: @escaping (ModelObject) -> Void) {
        let uid = objects[id]?.rollout.metadata.uid
        simulation.after(delay) { [unowned self] in
            if let object = objects[id], object.rollout.metadata.uid == uid { work(object) }
        }
    }
}
