@testable import Rollouts

/// An API server with its Rollouts, and the controller that carries restarts out.
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
        case coolDown, attempts, policy, settle, evidence
    }

    /// 2026-03-01T12:00:00Z.
    static let start: Int64 = 1_772_366_400

    let simulation: Simulation
    let clocks: Clocks
    let ledger: Ledger
    let fault: Fault?
    private let offsets: [Int64]
    private(set) var objects: [RolloutID: ModelObject] = [:]
    /// Every write, in order; nil is a deletion.
    private(set) var log: [(id: RolloutID, rollout: Rollout?)] = []
    var onWrite: () -> Void = {}
    /// Nothing new goes wrong.
    var isCalm = false
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
        case .coolDown: settings.rule.coolDown = 0
        case .attempts: settings.rule.maxRestarts += 1
        case .policy: settings.rule.policy = .rule
        case .settle: settings.settle = .zero
        case .evidence, nil: break
        }
        return settings
    }

    /// How far the clock is off of the server that happens to answer.
    func pickOffset() -> Int64 { isCalm ? 0 : simulation.chance.pick(offsets) }

    // MARK: Writes

    func create(_ id: RolloutID, _ ailment: Ailment, ago seconds: Int64, deadline: Int64?) {
        uids += 1
        objects[id] = ModelObject(
            id, uid: "uid\(uids)", ailment, since: now.adding(seconds: -seconds), deadline: deadline)
        change(id) { _ in }
        live(id)
    }

    func delete(_ id: RolloutID) {
        guard objects.removeValue(forKey: id) != nil else { return }
        version += 1
        log.append((id, nil))
        onWrite()
    }

    func change(_ id: RolloutID, spec: Bool = false, _ edit: (inout ModelObject) -> Void) {
        guard var object = objects[id] else { return }
        let healthyBefore = object.rollout.condition("Healthy")
        edit(&object)
        if spec { object.rollout.metadata.generation = (object.rollout.metadata.generation ?? 0) + 1 }
        version += 1
        object.rollout.metadata.resourceVersion = String(version)
        objects[id] = object
        log.append((id, object.rollout))
        simulation.say(
            "\(id.name) v\(version) \(object.rollout.status.phase ?? "") asked \(object.rollout.spec.restartAt ?? "-") "
                + "done \(object.rollout.status.restartedAt ?? "-") \(object.rollout.metadata.labels ?? [:])")
        if let healthy = object.rollout.condition("Healthy"), healthy.status == "False",
            healthyBefore?.status != "False"
        {
            ledger.timedOut(object.rollout, at: now)
        }
        onWrite()
        if spec { reconcile(id) }
    }

    /// The answer to a patch: false is a conflict.
    func accept(_ patch: RestartPatch, to id: RolloutID, hasJumped: Bool) -> Bool {
        guard let object = objects[id], object.rollout.metadata.uid == patch.uid,
            object.rollout.metadata.resourceVersion == patch.resourceVersion
        else { return false }
        ledger.accepted(patch, to: object, hasJumped: hasJumped, at: now)
        change(id, spec: true) { object in
            object.rollout.spec.restartAt = patch.restartAt?.rfc3339
            if let attempt = patch.attempt {
                object.rollout.metadata.labels?[Marks.restarts] = String(attempt.count)
                object.rollout.metadata.labels?[Marks.podHash] = attempt.podHash
            }
        }
        return true
    }

    // MARK: The controller

    /// Does `work` later, if it is still the same object.
    private func later(_ id: RolloutID, _ delay: Int64, _ work: @escaping (ModelObject) -> Void) {
        let uid = objects[id]?.rollout.metadata.uid
        simulation.after(delay) { [unowned self] in
            if let object = objects[id], object.rollout.metadata.uid == uid { work(object) }
        }
    }

    private func reconcile(_ id: RolloutID) {
        later(id, simulation.chance.spread(50, 5000)) { [unowned self] object in
            if object.rollout.status.observedGeneration != object.rollout.metadata.generation.map(String.init) {
                change(id) { $0.rollout.status.observedGeneration = $0.rollout.metadata.generation.map(String.init) }
            }
            carryOut(id)
        }
    }

    private func carryOut(_ id: RolloutID) {
        guard let object = objects[id], let asked = object.rollout.spec.restartAt, object.rollout.hasUnfinishedRestart,
            object.carrying != asked, let restartAt = object.rollout.restartAt
        else { return }
        objects[id]?.carrying = asked
        let isArmed = !isCalm && simulation.chance.isLucky(0.05)
        let pods = isArmed ? simulation.chance.spread(300_000, 7_200_000) : simulation.chance.pick(3000...200_000)
        let wait = max(0, restartAt.seconds(since: now) + 1) * 1000
        later(id, wait + pods) { [unowned self] object in
            guard object.rollout.spec.restartAt == asked else { return }
            objects[id]?.carrying = nil
            change(id) { object in
                object.rollout.status.restartedAt = asked
                object.progress()
            }
            settleDown(id)
        }
    }

    /// Degraded, Progressing, Degraded, and then what the ailment makes of it.
    private func settleDown(_ id: RolloutID) {
        later(id, simulation.chance.pick(1000...20_000)) { [unowned self] object in
            change(id) { $0.timeOut(at: now) }
            guard object.ailment.isHealable else { return }
            later(id, simulation.chance.pick(1000...60_000)) { [unowned self] object in heal(id, object.ailment) }
        }
    }

    private func heal(_ id: RolloutID, _ ailment: Ailment) {
        change(id) { object in
            object.turnHealthy(at: now)
            if ailment != .recurring { object.ailment = .none }
        }
        guard ailment == .recurring else { return }
        later(id, simulation.chance.spread(300_000, 20_000_000)) { [unowned self] object in
            if isCalm { objects[id]?.ailment = .none } else { change(id) { $0.timeOut(at: now) } }
        }
    }

    // MARK: What happens by itself

    private func live(_ id: RolloutID) {
        switch objects[id]?.ailment {
        case .autoscaled: scale(id)
        case .unavailable: breathe(id)
        case .flapping: flap(id)
        default: break
        }
    }

    private func scale(_ id: RolloutID) {
        later(id, simulation.chance.pick(15_000...90_000)) { [unowned self] object in
            guard object.ailment == .autoscaled else { return }
            let replicas = simulation.chance.pick(2...9)
            change(id, spec: true) { object in
                object.rollout.spec.replicas = replicas
                object.isScaling = true
            }
            later(id, simulation.chance.pick(100...3000)) { [unowned self] _ in objects[id]?.isScaling = false }
            scale(id)
        }
    }

    private func breathe(_ id: RolloutID) {
        let isWhole = objects[id]?.missing == 0
        later(id, isWhole ? simulation.chance.pick(5000...100_000) : simulation.chance.pick(60_000...900_000)) {
            [unowned self] _ in
            objects[id]?.missing = isWhole || isCalm ? simulation.chance.pick(1...3) : 0
            breathe(id)
        }
    }

    private func flap(_ id: RolloutID) {
        later(id, simulation.chance.pick(5000...50_000)) { [unowned self] _ in
            change(id) { $0.turnHealthy(at: now) }
            later(id, simulation.chance.pick(60_000...1_800_000)) { [unowned self] _ in
                guard !isCalm else { return }
                change(id) { $0.timeOut(at: now) }
                flap(id)
            }
        }
    }

    // MARK: What people do

    func interfere(with id: RolloutID) {
        switch simulation.chance.pick(0...6) {
        case 0: change(id, spec: true) { $0.rollout.spec.restartAt = now.rfc3339 }
        case 1: change(id, spec: true) { $0.rollout.spec.restartAt = nil }
        case 2: change(id, spec: true) { $0.rollout.spec.restartAt = now.adding(seconds: 1800).rfc3339 }
        case 3: recreate(id)
        case 4: deploy(id)
        case 5: change(id) { $0.rollout.metadata.labels?["team"] = "another" }
        default: stormStep()
        }
    }

    private func recreate(_ id: RolloutID) {
        guard let old = objects[id] else { return }
        delete(id)
        simulation.after(simulation.chance.spread(1, 60_000)) { [unowned self] in
            create(id, old.ailment, ago: 0, deadline: old.rollout.spec.progressDeadlineSeconds)
        }
    }

    private func deploy(_ id: RolloutID) {
        change(id, spec: true) { object in
            object.deployments += 1
            let hash = "hash\(object.deployments % 7)"
            if object.rollout.status.stableRS == object.rollout.podHash { object.rollout.status.stableRS = hash }
            object.rollout.status.currentPodHash = hash
            object.progress()
        }
        later(id, simulation.chance.pick(1000...60_000)) { [unowned self] object in
            change(id) { object in
                if object.ailment == .none { object.turnHealthy(at: now) } else { object.timeOut(at: now) }
            }
        }
    }

    /// All that is not well times out at once.
    private func stormStep() {
        for (id, object) in objects.sorted(by: { $0.key < $1.key }) where object.ailment != .none {
            if object.carrying == nil { change(id) { $0.timeOut(at: now) } }
        }
    }
}
