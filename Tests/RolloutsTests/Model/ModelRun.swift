import Formats
@testable import Rollouts

/// One schedule: hours with all possible faults, then calm, in which everything must recover.
struct ModelRun {
    struct Outcome {
        var violations: [String]
        var restarts: Int
        var refreshes: Int
        var steps: Int
        var hours: Int64
    }

    private static let hour: Int64 = 3_600_000

    let simulation: Simulation
    let cluster: ModelCluster
    let replicas: [ModelReplica]
    private let people: Bool
    private let commands: Commands
    private let hasOutages: Bool

    /// At most two concurrent commands, each slot used repeatedly.
    private final class Commands {
        var isUsed = false
        var places: [ModelCommand?] = [nil, nil]
        var count = 0
    }

    init(seed: UInt64, fault: ModelCluster.Fault? = nil) {
        simulation = Simulation(seed: seed)
        let clocks = simulation.chance.pick(ModelCluster.Clocks.allCases + [.exact])
        let settings = Self.pickSettings(simulation)
        cluster = ModelCluster(simulation, clocks, Ledger(settings, clocks), fault: fault)
        people = simulation.chance.isLucky(0.5)
        hasOutages = simulation.chance.isLucky(0.5)
        commands = Commands()
        commands.isUsed = simulation.chance.isLucky(0.5)
        let hasGitOps = simulation.chance.isLucky(0.3)
        // So many stuck ones at once that only the breaker limits their restarts.
        let isLarge = simulation.chance.isLucky(0.1)
        let namespaces: Int64 = isLarge ? 20 : simulation.chance.pick([1, 1, 5])
        var ailments = Ailment.allCases.filter {
            ![.none, .stuck, .recurring, .hopeless, .stale, .refreshable].contains($0)
        }
        ailments.shuffle(using: &simulation.chance)
        let common: [Ailment] = [.stuck, .stale, .recurring, .refreshable, .hopeless, .stuck, .recurring]
        let picked =
            common.prefix(Int(simulation.chance.pick(1...7))) + ailments.prefix(Int(simulation.chance.pick(0...3)))
        let healthy = Int(simulation.chance.pick(0...8))
        let others = Array(repeating: Ailment.none, count: healthy) + Array(repeating: .stuck, count: isLarge ? 8 : 0)
        for (index, ailment) in (picked + others).enumerated() {
            let id = RolloutID(namespace: "ns\(simulation.chance.pick(0...namespaces))", name: "\(ailment)\(index)")
            let ago: Int64 = simulation.chance.pick([60, 3600, 3600, 3600])
            let deadline: Int64? = simulation.chance.pick([nil, nil, 60, 1800])
            let old = GitOps.pins(cluster.now.advanced(by: .seconds(-86_400)).rfc3339)
            let gitOps = hasGitOps ? simulation.chance.pick([.none, .none, old, .strips, .replaces]) : GitOps.none
            cluster.create(id, ailment, gitOps, ago: ago, deadline: deadline)
        }
        let count = simulation.chance.pick([1, 2, 2, 3])
        cluster.ledger.isAlone = count == 1 && !commands.isUsed
        replicas = (0..<count).map { [cluster] in ModelReplica("p\($0)", cluster) }
        cluster.onWrite = { [replicas] in
            for replica in replicas { replica.noticeWrites() }
        }
    }

    private static func pickSettings(_ simulation: Simulation) -> Watchlist.Settings {
        var settings = Watchlist.Settings()
        settings.heals = true
        settings.rule.allowsUnproven = simulation.chance.pick([false, false, true])
        settings.rule.coolDown = .seconds(simulation.chance.pick([900, 900, 60, 2700]))
        settings.settle = simulation.chance.pick([.seconds(60), .seconds(60), .zero])
        settings.timeout = simulation.chance.pick([.seconds(600), .seconds(600), .seconds(60), .seconds(1800)])
        settings.staleAfter = simulation.chance.pick([.seconds(30), .seconds(30), .seconds(5), .zero])
        settings.restarts = !simulation.chance.isLucky(0.1)
        settings.maxPerMinute = simulation.chance.pick([10, 10, 1])
        settings.storm = Storm(threshold: simulation.chance.pick([.percent(30), .percent(100)]))
        return settings
    }

    func outcome() -> Outcome {
        for replica in replicas { replica.start() }
        replicas[0].setLeader(true)
        let length = simulation.chance.spread(Self.hour / 2, 24 * Self.hour)
        trouble(until: length)
        if hasOutages { outages(until: length) }
        if commands.isUsed { typeCommands(until: length) }
        watchArmed()
        simulation.run(until: length)
        calmDown(from: length)
        cluster.onWrite = {}
        simulation.stop()
        return Outcome(
            violations: cluster.ledger.violations, restarts: cluster.ledger.restarts,
            refreshes: cluster.ledger.refreshes, steps: simulation.steps,
            hours: simulation.time / Self.hour)
    }

    /// The controller is down for a while from time to time.
    private func outages(until end: Int64) {
        simulation.after(simulation.chance.spread(20_000, 14_400_000)) {
            guard simulation.time < end else { return }
            cluster.stopController()
            simulation.after(simulation.chance.pick(60_000...2_400_000)) { cluster.startController() }
            outages(until: end)
        }
    }

    /// Commands of people and CronJobs, which are ended after 10 minutes.
    private func typeCommands(until end: Int64) {
        simulation.after(simulation.chance.spread(60_000, 3_600_000)) {
            guard simulation.time < end else { return }
            typeCommands(until: end)
            let place = Int(simulation.chance.pick(0...1))
            if commands.places[place]?.isAlive == true { return }
            commands.count += 1
            let command = ModelCommand("c\(commands.count)", cluster)
            commands.places[place] = command
            let needy = cluster.objects.keys.sorted().filter {
                cluster.objects[$0]?.rollout.mayNeedAttention ?? false
            }
            if simulation.chance.isLucky(0.5), !needy.isEmpty {
                command.run([simulation.chance.pick(needy)])
            } else {
                command.run(needy)
            }
            if simulation.chance.isLucky(0.5) { simulation.after(600_000) { command.crash() } }
        }
    }

    /// Checks armed restarts; not while clocks jump, which makes durations unknown.
    private func watchArmed() {
        simulation.after(30_000) {
            let isAble = replicas.contains(where: \.canHeal) && (cluster.isCalm || cluster.clocks != .jumping)
            cluster.ledger.checkArmed(cluster.objects, isAble ? 30 : 0, at: cluster.now)
            watchArmed()
        }
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

    /// For a while there is no leader, or two.
    private func handOver(to next: ModelReplica) {
        let others = replicas.filter { $0 !== next }
        simulation.after(simulation.chance.spread(1, 20_000)) { next.setLeader(true) }
        simulation.after(simulation.chance.spread(1, 20_000)) { for other in others { other.setLeader(false) } }
    }

    private func calmDown(from start: Int64) {
        cluster.isCalm = true
        cluster.startController()
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
        var open = unended(among: Array(cluster.objects.keys))
        for minute in 1...60 {
            if minute > 1, open.isEmpty { break }
            simulation.run(until: start + Int64(minute) * 6 * 60_000)
            open = unended(among: Array(open.keys))
        }
        for (id, why) in open.sorted(by: { $0.key < $1.key }) {
            cluster.ledger.violate("\(id.name) is neither healed, nor held, nor given up: \(why)", at: cluster.now)
        }
    }

    /// Returns the Rollouts that have not reached a final state, with the reason.
    private func unended(among ids: [RolloutID]) -> [RolloutID: String] {
        ids.reduce(into: [:]) { open, id in
            guard let object = cluster.objects[id] else { return }
            open[id] = cluster.opening(of: object)
        }
    }
}
