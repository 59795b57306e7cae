import Formats
@testable import Rollouts

/// The controller: observes, performs restarts and writes the status, unless it is down.
extension ModelCluster {
    func stopController() {
        simulation.say("the controller goes down")
        isControllerDown = true
    }

    /// Starts the controller, which then reconciles everything and so corrects stale views.
    func startController() {
        guard isControllerDown else { return }
        simulation.say("the controller is back")
        isControllerDown = false
        controllerUpSince = now
        for id in objects.keys.sorted() { resume(id) }
    }

    /// Runs `work` later, when the controller can process the Rollout.
    func controllerLater(_ id: RolloutID, _ delay: Int64, _ work: @escaping (ModelObject) -> Void) {
        later(id, delay) { [unowned self] object in
            if isControllerDown || object.isFrozen {
                postponed.append((id, work))
            } else {
                work(object)
            }
        }
    }

    private func resume(_ id: RolloutID) {
        let works = postponed.filter { $0.id == id }
        postponed.removeAll { $0.id == id }
        for (_, work) in works { controllerLater(id, simulation.chance.spread(50, 8000), work) }
        reconcile(id)
        lookAgain(id)
    }

    func reconcile(_ id: RolloutID) {
        controllerLater(id, simulation.chance.spread(50, 5000)) { [unowned self] object in
            if postponed.contains(where: { $0.id == id }) { resume(id) }
            if let asked = restartToBegin(object), !isCalm, simulation.chance.isLucky(0.04) {
                return block(id, asked, freezes: true)
            }
            let isScaled = object.pods == object.rollout.desiredReplicas
            let generation = object.rollout.metadata.generation.map(String.init)
            let isObserved = object.rollout.status.observedGeneration == generation
            if !isScaled || !isObserved || !object.isCounted {
                change(id) { object in
                    object.rollout.status.observedGeneration = generation
                    object.showPhase()
                    guard !isScaled else { return }
                    object.pods = object.rollout.desiredReplicas
                    object.written = now
                    object.isScaling = true
                }
                if !isScaled {
                    later(id, simulation.chance.pick(100...3000)) { [unowned self] _ in objects[id]?.isScaling = false }
                }
            }
            carryOut(id)
        }
    }

    // MARK: Restarts

    /// Returns the restart that is due, if there are older pods.
    private func restartToBegin(_ object: ModelObject) -> String? {
        guard let asked = object.rollout.spec.restartAt, object.rollout.hasUnfinishedRestart, object.carrying != asked,
            let restartAt = object.rollout.restartAt, restartAt < now, restartAt > object.podsFrom
        else { return nil }
        return asked
    }

    private func carryOut(_ id: RolloutID) {
        guard let object = objects[id], let asked = object.rollout.spec.restartAt, object.rollout.hasUnfinishedRestart,
            object.carrying != asked, let restartAt = object.rollout.restartAt
        else { return }
        objects[id]?.carrying = asked
        let wait = max(0, (restartAt - now).components.seconds + 1) * 1000
        controllerLater(id, wait) { [unowned self] object in
            guard object.rollout.spec.restartAt == asked, object.carrying == asked else { return }
            if restartAt <= object.podsFrom {
                finish(id, asked)  // no pod is older
            } else if !isCalm, simulation.chance.isLucky(0.06) {
                block(id, asked, freezes: false)
            } else {
                let isSlow = !isCalm && simulation.chance.isLucky(0.05)
                evict(id, asked, isSlow ? simulation.chance.pick(10...60) : simulation.chance.pick(1...4))
            }
        }
    }

    /// Blocks the restart, for ever or for a long time.
    private func block(_ id: RolloutID, _ asked: String, freezes: Bool) {
        simulation.say("\(id.name): the restart of \(asked) is blocked, freezing: \(freezes)")
        objects[id]?.carrying = asked
        objects[id]?.blocked = Block(asked: asked, freezes: freezes)
        guard simulation.chance.isLucky(0.5) else { return }
        later(id, simulation.chance.spread(60_000, 14_400_000)) { [unowned self] object in
            guard object.blocked?.asked == asked else { return }
            objects[id]?.blocked = nil
            objects[id]?.carrying = nil
            resume(id)
        }
    }

    /// Evicts a few pods at a time, each visible in the ReplicaSet.
    private func evict(_ id: RolloutID, _ asked: String, _ times: Int64) {
        controllerLater(id, simulation.chance.pick(2000...50_000)) { [unowned self] object in
            guard object.rollout.spec.restartAt == asked else { return }
            objects[id]?.written = now
            if times > 1 { return evict(id, asked, times - 1) }
            objects[id]?.podsFrom = object.rollout.restartAt ?? now
            finish(id, asked)
            settleDown(id)
        }
    }

    private func finish(_ id: RolloutID, _ asked: String) {
        objects[id]?.carrying = nil
        change(id) { object in
            object.rollout.status.restartedAt = asked
            object.showPhase()
        }
    }

    /// Degraded, Progressing, Degraded, then the final state of the ailment.
    private func settleDown(_ id: RolloutID) {
        change(id) { $0.progress() }
        controllerLater(id, simulation.chance.pick(1000...20_000)) { [unowned self] object in
            change(id) { $0.timeOut(at: now) }
            guard object.ailment.isHealable else { return }
            controllerLater(id, simulation.chance.pick(1000...60_000)) { [unowned self] object in
                heal(id, object.ailment)
            }
        }
    }

    private func heal(_ id: RolloutID, _ ailment: Ailment) {
        change(id) { object in
            object.turnHealthy(at: now)
            if ailment != .recurring { object.ailment = .none }
        }
        guard ailment == .recurring else { return }
        controllerLater(id, simulation.chance.spread(300_000, 20_000_000)) { [unowned self] object in
            if isCalm { objects[id]?.ailment = .none } else { change(id) { $0.timeOut(at: now) } }
        }
    }

    // MARK: Refreshes

    /// A write to a ReplicaSet corrects the controller's view.
    func lookAgain(_ id: RolloutID) {
        controllerLater(id, simulation.chance.pick(20...3000)) { [unowned self] object in
            guard object.ailment.isRefreshable, object.rollout.status.phase != Health.healthy else { return }
            change(id) { object in
                object.isStale = false
                object.turnHealthy(at: now)
            }
            if object.relapses { return }
            objects[id]?.relapses = true
            controllerLater(id, simulation.chance.spread(300_000, 20_000_000)) { [unowned self] object in
                objects[id]?.relapses = false
                if isCalm {
                    objects[id]?.ailment = .none
                } else if object.ailment == .stale {
                    change(id) { $0.goStale(at: now) }
                    timeOutLate(id)
                } else {
                    change(id) { $0.timeOut(at: now) }
                }
            }
        }
    }

    /// A stale Rollout becomes Degraded at its deadline, unless it was healed before.
    func timeOutLate(_ id: RolloutID) {
        controllerLater(id, simulation.chance.spread(10_000, 600_000)) { [unowned self] object in
            if object.isStale { change(id) { $0.timeOut(at: now) } }
        }
    }
}
