import Formats
@testable import Rollouts

/// A command's steps for one Rollout: read, refresh, read, restart, follow.
final class ModelHeal {
    private typealias Look = ModelCommand.Look

    private static let patience: Int64 = 30_000
    private static let staleAfter: Int64 = 5000
    private static let longestProof: Int64 = 30_000
    private static let mostTries = 5

    private let id: RolloutID
    private let known: Rollout
    private let command: ModelCommand
    private var settling: (look: Settle, at: Int64)?
    private var changes = 0
    private var tries = 0
    /// Restarts that may still be stored.
    private var sent: [Timestamp] = []

    private var cluster: ModelCluster { command.cluster }
    private var simulation: Simulation { command.simulation }
    private var settings: Watchlist.Settings { command.settings }
    private var timeout: Int64 { settings.timeout.components.seconds * 1000 }

    init(_ known: Rollout, _ command: ModelCommand) {
        id = RolloutID(known)
        self.known = known
        self.command = command
    }

    func start() {
        settle(until: simulation.time + 30_000)
    }

    private func end(_ why: String) {
        if command.pilot == .sent(id) { command.pilot = .none }
        command.end(id, why)
    }

    /// Reads the Rollout, continues if it exists, and may crash.
    private func look(_ then: @escaping (Look) -> Void) {
        command.look(at: known) { [self] look in
            guard let look else { return end("is gone") }
            command.mayCrash()
            if command.isAlive { then(look) }
        }
    }

    // MARK: Before the refresh

    private func isSettled(_ look: Look) -> Bool {
        guard look.diagnosis != .unsettled else { return false }
        return look.diagnosis != .stuck || look.rollout.isLongEnough(look.evidence, now: look.now, .old)
    }

    private func settle(until deadline: Int64) {
        look { [self] look in
            if !isSettled(look), simulation.time < deadline {
                command.later(2000) { [self] in settle(until: deadline) }
            } else {
                begin(look)
            }
        }
    }

    private func begin(_ look: Look) {
        settling = look.diagnosis.map { (Settle($0, of: look.rollout), simulation.time) }
        if settings.restarts, look.rollout.hasStalledRestart(look.evidence, after: settings.timeout, now: look.now),
            let restartAt = look.rollout.restartAt
        {
            return takeBack(restartAt)
        }
        if let gate = held(look) { return end(gate) }
        guard settings.restarts, look.diagnosis == .stuck,
            let mark = look.rollout.markSinceTimeOut(look.evidence, now: look.now)
        else {
            return command.later(Self.staleAfter) { [self] in lookTwice(look, 3) }
        }
        let left = (mark.time + Rollout.refreshPatience - look.now).components.seconds
        command.later(max(0, left) * 1000) { [self] in decide() }
    }

    /// Returns what holds a refresh back.
    private func held(_ look: Look) -> String? {
        guard let diagnosis = look.diagnosis else { return "is \(look.rollout.health.phase)" }
        if look.rollout.isIgnored { return "has opted out" }
        guard diagnosis.isControllersView || diagnosis == .stuck else { return "is \(diagnosis)" }
        if !isSettled(look) { return "changed just now" }
        if diagnosis.isControllersView, let due = look.rollout.refreshDue(look.evidence, now: look.now), look.now < due
        {
            return "was refreshed just now"
        }
        return nil
    }

    private func lookTwice(_ first: Look, _ left: Int) {
        look { [self] look in
            if look.stale == first.stale { return refresh(look) }
            if let gate = held(look) { return end(gate) }
            if left == 1 { return end("keeps changing") }
            command.later(Self.staleAfter) { [self] in lookTwice(look, left - 1) }
        }
    }

    // MARK: The refresh

    private func refresh(_ look: Look) {
        let plan = RefreshPlan(of: look.rollout, look.evidence, now: look.now)
        let order = RefreshOrder(
            rollout: look.rollout, diagnosis: look.diagnosis ?? .stale, plan: plan, step: .first)
        let began = simulation.time
        simulation.say("\(command.name) refreshes \(id.name)")
        command.later(simulation.chance.spread(1, 3000)) { [self] in
            if !cluster.isCalm, simulation.chance.isLucky(0.1) { return end("cannot be refreshed") }
            let result = cluster.refresh(order, on: id)
            command.mayCrash()
            help(order, hasLabel: result.hasLabel, since: began, pauses: [300, 700, 1000, 2000])
        }
    }

    private func help(_ order: RefreshOrder, hasLabel: Bool, since began: Int64, pauses: ArraySlice<Int64>) {
        guard command.isAlive else { return }
        command.later(pauses.first ?? 2000) { [self] in
            look { [self] look in
                let isHelped = look.rollout.isHelped(from: order.diagnosis, look.evidence)
                if isHelped, look.rollout.health.phase == Health.healthy { return end("is healed by the refresh") }
                let elapsed = simulation.time - began
                if elapsed >= Self.patience {
                    guard !isHelped, order.diagnosis == .stuck, settings.restarts else { return end("is refreshed") }
                    return decide()
                }
                let isLate = !isHelped && !hasLabel && elapsed >= 15_000
                if isLate {
                    var label = order
                    label.step = .label
                    _ = cluster.refresh(label, on: id)
                    command.mayCrash()
                }
                help(order, hasLabel: hasLabel || isLate, since: began, pauses: pauses.dropFirst())
            }
        }
    }

    // MARK: The restart

    private func decide() {
        look { [self] look in
            let rollout = look.rollout
            if let ours = sent.first(where: { rollout.restartAt == $0 }) { return follow(look, ours) }
            guard let verdict = settings.rule.verdict(on: rollout, look.evidence, now: look.now) else {
                return end("is \(rollout.health.phase)")
            }
            guard verdict.restarts else { return end("is held: \(verdict.word)") }
            let found = Settle(verdict.diagnosis, of: rollout)
            if settling?.look != found {
                if settling != nil { changes += 1 }
                if changes > 2 { return end("keeps changing") }
                settling = (found, simulation.time)
            }
            if let missing = settings.rule.missingRefresh(
                of: rollout, verdict.diagnosis, look.evidence, now: look.now)
            {
                guard let opensAt = missing.opensAt else { return end("is to be refreshed first") }
                return command.later((opensAt - look.now).components.seconds * 1000) { [self] in decide() }
            }
            let settled = (settling?.at ?? simulation.time) + settings.settle.components.seconds * 1000
            if settled > simulation.time { return command.later(settled - simulation.time) { [self] in decide() } }
            takeTurn(look)
        }
    }

    /// One restart goes first; the others follow after the controller has observed it.
    private func takeTurn(_ look: Look) {
        switch command.pilot {
        case .lost: end("is held back: the controller does not observe restarts")
        case .sent(let other) where other != id: command.later(1000) { [self] in decide() }
        case .none:
            command.pilot = .sent(id)
            write(look)
        case .sent, .observed: write(look)
        }
    }

    private func giveTurnBack() {
        if command.pilot == .sent(id) { command.pilot = .none }
    }

    private func again(after pause: Int64) {
        tries += 1
        guard tries < Self.mostTries else {
            giveTurnBack()
            return end("cannot be restarted")
        }
        giveTurnBack()
        command.later(pause) { [self] in decide() }
    }

    private func write(_ look: Look) {
        let decided = command.now
        guard let patch = RestartPatch.restart(look.rollout, now: decided), let restartAt = patch.restartAt else {
            return again(after: 0)
        }
        // A plugin may need time for a credential.
        let pause = !cluster.isCalm && simulation.chance.isLucky(0.05) ? simulation.chance.spread(1000, 120_000) : 0
        let way = simulation.chance.spread(1, 3000)
        command.later(pause) { [self] in
            guard simulation.time - look.askedAt <= Self.longestProof else { return again(after: 0) }
            let hasJumped = cluster.clocks == .jumping
            simulation.say("\(command.name) restarts \(id.name) at \(restartAt.rfc3339)")
            let isLost = !cluster.isCalm && simulation.chance.isLucky(0.1)
            let isLate = !cluster.isCalm && simulation.chance.isLucky(0.05)
            if isLost || isLate { sent.append(restartAt) }
            // Once the first one has been observed, all others are sent, and are not counted as unobserved.
            let isCounted = !isLost && !isLate && command.pilot != .observed
            // A request in transit arrives even if its sender crashes.
            simulation.after(isLate ? 10_000 + way * 5 : way) { [self] in
                let isAccepted = cluster.accept(
                    patch, to: id, hasJumped: hasJumped, by: command.name, isAnswered: isCounted)
                command.mayCrash()
                guard command.isAlive, !isLate else { return }
                command.later(simulation.chance.spread(1, 3000)) { [self] in
                    if isLost || !isAccepted { return again(after: isLost ? 1500 : 20) }
                    follow(look, restartAt)
                }
            }
            command.mayCrash()
            if isLate { command.later(10_000) { [self] in again(after: 1500) } }
        }
    }

    // MARK: After the restart

    private func follow(_ before: Look, _ restartAt: Timestamp) {
        follow(before, restartAt, since: simulation.time)
    }

    private func follow(_ before: Look, _ restartAt: Timestamp, since began: Int64) {
        command.later(simulation.chance.pick(1000...5000)) { [self] in
            look { [self] look in
                let rollout = look.rollout
                let elapsed = simulation.time - began
                if command.pilot == .sent(id) {
                    if rollout.hasObserved(generation: (before.rollout.metadata.generation ?? 0) + 1) {
                        command.pilot = .observed
                    } else if elapsed >= min(60_000, timeout) || rollout.restartAt != restartAt {
                        command.pilot = .lost
                        return takeBack(restartAt)
                    }
                }
                guard rollout.restartAt == restartAt else { return end("was changed by another client") }
                if rollout.restartedAt == restartAt, rollout.health.phase == Health.healthy {
                    return end("is healed by the restart")
                }
                // Ctrl-C.
                let isInterrupted = !cluster.isCalm && simulation.chance.isLucky(0.005)
                guard isInterrupted || elapsed >= timeout else { return follow(before, restartAt, since: began) }
                let isSame = look.evidence.versions(of: rollout) == before.evidence.versions(of: before.rollout)
                guard rollout.hasUnfinishedRestart, isSame else { return end("is slow, or in vain") }
                takeBack(restartAt)
            }
        }
    }

    private func takeBack(_ restartAt: Timestamp) {
        look { [self] look in
            let rollout = look.rollout
            guard rollout.hasUnfinishedRestart, rollout.restartAt == restartAt,
                let patch = RestartPatch.cancel(rollout, now: command.now)
            else { return end("is no longer pending") }
            command.later(simulation.chance.spread(1, 3000)) { [self] in
                let isDone = cluster.takeBack(patch, of: id)
                command.mayCrash()
                guard command.isAlive else { return }
                if isDone { return end("is taken back") }
                tries += 1
                if tries >= Self.mostTries { return end("cannot be taken back") }
                takeBack(restartAt)
            }
        }
    }
}
