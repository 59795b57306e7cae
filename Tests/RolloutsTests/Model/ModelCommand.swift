import Formats
@testable import Rollouts

/// A command: a person or a CronJob heals one Rollout, or all that need it, concurrently, and exits.
final class ModelCommand {
    /// The first of all restarts, which shows whether the controller works.
    enum Pilot: Equatable {
        case none
        case sent(RolloutID)
        case observed
        /// It was not observed: all others are held back.
        case lost
    }

    /// The result of an evidence read.
    struct Look {
        var rollout: Rollout
        var evidence: Evidence
        var diagnosis: Diagnosis?
        var now: Timestamp
        /// When it was requested.
        var askedAt: Int64

        var stale: StaleLook? { diagnosis.map { StaleLook($0, of: rollout, evidence) } }
    }

    let name: String
    let cluster: ModelCluster
    let simulation: Simulation
    let settings: Watchlist.Settings
    var pilot = Pilot.none
    private(set) var isAlive = true
    private var offset: Int64
    private var open = 0

    init(_ name: String, _ cluster: ModelCluster) {
        self.name = name
        self.cluster = cluster
        simulation = cluster.simulation
        settings = cluster.planted(cluster.ledger.settings)
        offset = cluster.pickOffset()
    }

    var now: Timestamp { cluster.now.advanced(by: .seconds(offset)) }

    func run(_ ids: [RolloutID]) {
        open = ids.count
        if ids.isEmpty { isAlive = false }
        for id in ids {
            guard let rollout = cluster.objects[id]?.rollout else {
                end(id, "gone")
                continue
            }
            ModelHeal(rollout, self).start()
        }
    }

    func end(_ id: RolloutID, _ why: String) {
        simulation.say("\(name): \(id.name) \(why)")
        open -= 1
        if open == 0 { isAlive = false }
    }

    /// Kills the process; requests in transit may still arrive.
    func crash() {
        guard isAlive else { return }
        simulation.say("\(name) is killed")
        isAlive = false
    }

    /// Crashes with a small probability.
    func mayCrash() {
        if !cluster.isCalm, simulation.chance.isLucky(0.02) { crash() }
    }

    func later(_ delay: Int64, _ work: @escaping () -> Void) {
        simulation.after(delay) { [self] in
            if isAlive { work() }
        }
    }

    /// Reads the Rollout, then its ReplicaSets; nil if it is gone or was recreated.
    func look(at known: Rollout, _ then: @escaping (Look?) -> Void) {
        let askedAt = simulation.time
        let id = RolloutID(known)
        later(simulation.chance.spread(1, 2000)) { [self] in
            guard let rollout = cluster.objects[id]?.rollout, rollout.metadata.uid == known.metadata.uid else {
                return then(nil)
            }
            later(simulation.chance.spread(1, 2000)) { [self] in
                guard let object = cluster.objects[id], object.rollout.metadata.uid == known.metadata.uid else {
                    return then(nil)
                }
                let evidence = object.evidence
                later(simulation.chance.spread(1, 2000)) { [self] in
                    offset = cluster.pickOffset()
                    then(
                        Look(
                            rollout: rollout, evidence: evidence, diagnosis: rollout.diagnosis(evidence, now: now),
                            now: now, askedAt: askedAt))
                }
            }
        }
    }
}
