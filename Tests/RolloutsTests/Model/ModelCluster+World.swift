import Formats
@testable import Rollouts

/// Spontaneous events, and actions of people and tools.
extension ModelCluster {
    func live(_ id: RolloutID) {
        switch objects[id]?.ailment {
        case .autoscaled: scale(id)
        case .unavailable: breathe(id)
        case .flapping: flap(id)
        case .stale: timeOutLate(id)
        default: break
        }
        if objects[id]?.gitOps != GitOps.none { sync(id) }
    }

    private func scale(_ id: RolloutID) {
        later(id, simulation.chance.pick(15_000...90_000)) { [unowned self] object in
            guard object.ailment == .autoscaled else { return }
            let replicas = simulation.chance.pick(2...9)
            change(id, spec: true) { $0.rollout.spec.replicas = replicas }
            scale(id)
        }
    }

    private func breathe(_ id: RolloutID) {
        let isWhole = objects[id]?.missing == 0
        later(id, isWhole ? simulation.chance.pick(5000...100_000) : simulation.chance.pick(60_000...900_000)) {
            [unowned self] _ in
            change(id) { object in
                object.missing = isWhole || isCalm ? simulation.chance.pick(1...3) : 0
                object.written = now
            }
            breathe(id)
        }
    }

    private func flap(_ id: RolloutID) {
        controllerLater(id, simulation.chance.pick(5000...50_000)) { [unowned self] _ in
            change(id) { $0.turnHealthy(at: now) }
            controllerLater(id, simulation.chance.pick(60_000...1_800_000)) { [unowned self] _ in
                guard !isCalm else { return }
                change(id) { $0.timeOut(at: now) }
                flap(id)
            }
        }
    }

    /// A GitOps tool restores its manifest.
    private func sync(_ id: RolloutID) {
        later(id, 60_000) { [unowned self] object in
            let rollout = object.rollout
            let ours = [Marks.restarts, Marks.podHash, Marks.restartedAt, Marks.refreshed]
            let isMarked = ours.contains { rollout.metadata.labels?[$0] != nil }
            switch object.gitOps {
            case .pins(let moment) where rollout.spec.restartAt != moment:
                change(id, spec: true) { $0.rollout.spec.restartAt = moment }
            case .replaces where isMarked || rollout.spec.restartAt != nil:
                change(id, spec: rollout.spec.restartAt != nil) { object in
                    object.rollout.spec.restartAt = nil
                    for label in ours { object.rollout.metadata.labels?[label] = nil }
                }
            case .strips where isMarked:
                change(id) { object in for label in ours { object.rollout.metadata.labels?[label] = nil } }
            default: break
            }
            sync(id)
        }
    }

    // MARK: What people do

    func interfere(with id: RolloutID) {
        switch simulation.chance.pick(0...7) {
        case 0: change(id, spec: true) { $0.rollout.spec.restartAt = now.rfc3339 }
        case 1: change(id, spec: true) { $0.rollout.spec.restartAt = nil }
        case 2: change(id, spec: true) { $0.rollout.spec.restartAt = now.advanced(by: .seconds(1800)).rfc3339 }
        case 3: recreate(id)
        case 4: deploy(id)
        case 5: change(id) { $0.rollout.metadata.labels?["team"] = "another" }
        case 6: pause(id)
        default: stormStep()
        }
    }

    private func recreate(_ id: RolloutID) {
        guard let old = objects[id] else { return }
        delete(id)
        simulation.after(simulation.chance.spread(1, 60_000)) { [unowned self] in
            create(id, old.ailment, old.gitOps, ago: 0, deadline: old.rollout.spec.progressDeadlineSeconds)
        }
    }

    private func deploy(_ id: RolloutID) {
        change(id, spec: true) { $0.deployments += 1 }
        controllerLater(id, simulation.chance.pick(50...5000)) { [unowned self] object in
            change(id) { object in
                let hash = "hash\(object.deployments % 7)"
                if object.rollout.status.stableRS == object.rollout.podHash { object.rollout.status.stableRS = hash }
                object.rollout.status.currentPodHash = hash
                object.podsFrom = now
                object.progress()
            }
            controllerLater(id, simulation.chance.pick(1000...60_000)) { [unowned self] object in
                change(id) { object in
                    if object.ailment == .none { object.turnHealthy(at: now) } else { object.timeOut(at: now) }
                }
            }
        }
    }

    private func pause(_ id: RolloutID) {
        guard objects[id]?.ailment != .paused else { return }
        change(id, spec: true) { $0.rollout.spec.paused = true }
        later(id, simulation.chance.spread(60_000, 7_200_000)) { [unowned self] _ in
            change(id, spec: true) { $0.rollout.spec.paused = nil }
        }
    }

    /// All Rollouts with an ailment time out at once.
    private func stormStep() {
        guard !isControllerDown else { return }
        for (id, object) in objects.sorted(by: { $0.key < $1.key }) where object.ailment != .none {
            if object.carrying == nil, !object.isFrozen { change(id) { $0.timeOut(at: now) } }
        }
    }
}
