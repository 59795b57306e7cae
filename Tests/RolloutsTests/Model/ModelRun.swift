@testable import Rollouts

/// One schedule: hours in which everything goes wrong that can, then calm, in which everything must come right.
struct ModelRun {
    struct Outcome {
        var violations: [String]
        var restarts: Int
        var steps: Int
        var hours: Int64
    }

    private static let hour: Int64 = 3_600_000

    let simulation: Simulation
    let cluster: ModelCluster
    let replicas: [ModelReplica]
    private let people: Bool

    init(seed: UInt64, fault: ModelCluster.Fault? = nil) {
        simulation = Simulation(seed: seed)
        let clocks = simulation.chance.pick(ModelCluster.Clocks.allCases + [.exact])
        let settings = Self.pickSettings(simulation)
        cluster = ModelCluster(simulation, clocks, Ledger(settings, clocks), fault: fault)
        people = simulation.chance.isLucky(0.5)
        var ailments = Ailment.allCases.filter { ![.none, .stuck, .recurring, .hopeless].contains($0) }
        ailments.shuffle(using: &simulation.chance)
        let common: [Ailment] = [.stuck, .recurring, .hopeless, .stuck, .recurring]
        let picked =
            common.prefix(Int(simulation.chance.pick(1...5))) + ailments.prefix(Int(simulation.chance.pick(0...3)))
        let healthy = Int(simulation.chance.pick(0...8))
        for (index, ailment) in (picked + Array(repeating: .none, count: healthy)).enumerated() {
            let id = RolloutID(namespace: "ns\(simulation.chance.pick(0...1))", name: "\(ailment)\(index)")
            let ago: Int64 = simulation.chance.pick([60, 3600, 3600, 3600])
            let deadline: Int64? = simulation.chance.pick([nil, nil, 60, 1800])
            cluster.create(id, ailment, ago: ago, deadline: deadline)
        }
        let count = simulation.chance.pick([1, 2, 2, 3])
        replicas = (0..<count).map { [cluster] in ModelReplica("p\($0)", cluster) }
        cluster.onWrite = { [replicas] in
            for replica in replicas { replica.noticeWrites() }
        }
    }

    private static func pickSettings(_ simulation: Simulation) -> Watchlist.Settings {
        var settings = Watchlist.Settings()
        settings.heals = true
        settings.rule.policy = simulation.chance.pick([.strict, .strict, .cautious])
        settings.rule.coolDown = simulation.chance.pick([900, 900, 60, 2700])
        settings.settle = simulation.chance.pick([.seconds(60), .seconds(60), .zero])
        settings.timeout = simulation.chance.pick([.seconds(600), .seconds(600), .seconds(60), .seconds(1800)])
        settings.maxPerMinute = simulation.chance.pick([10, 10, 1])
        settings.storm = Storm(threshold: simulation.chance.pick([.percent(30), .percent(100)]))
        return settings
    }

    func callAsFunction() -> Outcome {
        for replica in replicas { replica.start() }
        replicas[0].setLeader(true)
        let length = simulation.chance.spread(Self.hour / 2, 24 * Self.hour)
        trouble(until: length)
        simulation.run(until: length)
        calmDown(from: length)
        cluster.onWrite = {}
        simulation.stop()
        return Outcome(
            violations: cluster.ledger.violations, restarts: cluster.ledger.restarts, steps: simulation.steps,
            hours: simulation.time / Self.hour)
    }

    private func trouble(until end: Int64) {
        simulation.after(simulation.chance.spread(5000, 1_200_000)) {
            guard simulation.time < end else { return }
            mischief()
            trouble(until: end)
        }
    }

    private func mischief() {
        let replica = simulation.chance.pick(replicas)
        switch simulation.chance.pick(0...8) {
        case 0:
            replica.crash()
            simulation.after(simulation.chance.spread(500, 60_000)) { replica.start() }
        case 1: replica.relist()
        case 2, 3: handOver(to: replica)
        case 4:
            replica.isForbidden = simulation.chance.isLucky(0.5)
            replica.isBlind = simulation.chance.isLucky(0.3)
        case 5: for replica in replicas { replica.failureRate = simulation.chance.pick([0, 0, 0, 0.2, 1]) }
        default:
            let ids = cluster.objects.keys.sorted()
            if people, !ids.isEmpty { cluster.interfere(with: simulation.chance.pick(ids)) }
        }
    }

    /// Nobody leads for a while, or two do.
    private func handOver(to next: ModelReplica) {
        let others = replicas.filter { $0 !== next }
        simulation.after(simulation.chance.spread(1, 20_000)) { next.setLeader(true) }
        simulation.after(simulation.chance.spread(1, 20_000)) { for other in others { other.setLeader(false) } }
    }

    private func calmDown(from start: Int64) {
        cluster.isCalm = true
        for replica in replicas {
            replica.failureRate = 0
            replica.isForbidden = false
            replica.isBlind = false
            replica.start()
            replica.relist()
        }
        simulation.run(until: start + 60_000)
        for replica in replicas.dropFirst() { replica.setLeader(false) }
        replicas[0].setLeader(true)
        for minute in 1...60 {
            if minute > 1, sick.isEmpty { break }
            simulation.run(until: start + Int64(minute) * 6 * 60_000)
        }
        for id in sick { cluster.ledger.violate("\(id.name) is not healed", at: cluster.now) }
    }

    /// What a restart would heal, and may have one.
    private var sick: [RolloutID] {
        cluster.objects.filter { _, object in
            object.ailment.isHealable && object.rollout.status.phase != Health.healthy
                && !Attempts(of: object.rollout, now: cluster.now).reaches(cluster.ledger.settings.rule.maxRestarts)
        }.keys.sorted()
    }
}
