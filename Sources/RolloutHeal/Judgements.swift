internal import Formats
internal import KubeClient
internal import Rollouts
internal import Synchronization

/// The Rollouts of a list, judged as soon as their evidence arrives: what need not be shown is dropped, and no time
/// between evidence and judgement counts as unchanged.
final class Judgements: Sendable {
    private enum Judgement {
        case shown(Assessment)
        case unsettled(Rollout, Assessment)
        /// The Rollout was read too long before its evidence.
        case outdated(Rollout, Assessment)
        case leftOut
        case failed(RolloutHealError)
    }

    private struct State {
        var list = 0
        /// The uptime when the list was asked for: it is older than all it sends.
        var askedAt: Duration
        /// The uptime when a Rollout was asked for again.
        var askedAgainAt: [RolloutID: Duration] = [:]
        var judged: [RolloutID: Judgement] = [:]
    }

    private let api: RolloutAPI
    private let rule: HealRule
    private let all: Bool
    private let state: Mutex<State>

    init(_ api: RolloutAPI, rule: HealRule, all: Bool) {
        self.api = api
        self.rule = rule
        self.all = all
        state = Mutex(State(askedAt: api.time.uptime()))
    }

    /// Which list is judged; each time it starts over it is another one.
    var list: Int { state.withLock { $0.list } }

    /// Forgets the Rollouts of the list that has started over; their evidence may be older than the new list.
    func startOver() {
        state.withLock { $0 = State(list: $0.list + 1, askedAt: api.time.uptime()) }
    }

    /// Judges `asked`; without an answer a Rollout is judged by itself.
    ///
    /// - Parameter list: ignores Rollouts of a list that has started over since; nil for the present one.
    func take(_ asked: [Rollout], _ answers: RolloutAPI.Answers, of list: Int? = nil) {
        let (now, uptime) = (api.now, api.time.uptime())
        let (listAskedAt, askedAgainAt) = state.withLock { ($0.askedAt, $0.askedAgainAt) }
        let judged = asked.map { rollout -> (RolloutID, Judgement?) in
            let id = RolloutID(rollout)
            return switch answers[id] ?? .success(.notGiven) {
            case .failure(let error): (id, .failed(error))
            case .success(let evidence):
                (id, judgement(on: rollout, evidence, age: uptime - (askedAgainAt[id] ?? listAskedAt), now: now))
            }
        }
        state.withLock { state in
            if let list, list != state.list { return }
            for (id, judgement) in judged { state.judged[id] = judgement }
        }
    }

    /// Judges a Rollout that was read again; it may be gone.
    func take(_ id: RolloutID, _ again: RolloutAPI.ReadAgain) {
        state.withLock { state in
            state.askedAgainAt[id] = again.askedAt
            state.judged[id] = nil
        }
        if let rollout = again.rollout { take([rollout], [id: again.evidence]) }
    }

    private func judgement(
        on rollout: Rollout, _ evidence: Evidence, age: Duration, now: Timestamp
    ) -> Judgement? {
        let assessment = Assessment(rollout, evidence, by: rule, now: now)
        let diagnosis = rollout.diagnosis(evidence, now: now)
        if diagnosis == .unsettled { return .unsettled(rollout, assessment) }
        if rollout.isOutdated(age, for: diagnosis, evidence, now: now) { return .outdated(rollout, assessment) }
        if all || assessment.needsAttention { return .shown(assessment) }
        return rollout.isDegraded ? .leftOut : nil
    }

    /// The Rollouts whose evidence is worth reading again.
    var unsettled: [Rollout] {
        state.withLock { $0.judged.values }.compactMap {
            if case .unsettled(let rollout, _) = $0 { rollout } else { nil }
        }
    }

    /// The Rollouts to read again, with their evidence.
    var outdated: [Rollout] {
        state.withLock { $0.judged.values }.compactMap {
            if case .outdated(let rollout, _) = $0 { rollout } else { nil }
        }
    }

    /// All Rollouts without a final diagnosis.
    var unsure: [Rollout] { unsettled + outdated }

    /// The Rollouts with a final diagnosis, by namespace, then name.
    var sure: [Assessment] { shown(withUnsure: false) }

    /// Adds everything that is known to `result`.
    func add(to result: inout ListRollouts.Result) {
        result.found = shown(withUnsure: true)
        var failures: [(error: RolloutHealError, ids: [RolloutID])] = []
        for (id, judgement) in state.withLock({ $0.judged }).sorted(by: { $0.key < $1.key }) {
            switch judgement {
            case .unsettled(let rollout, let assessment), .outdated(let rollout, let assessment):
                if !isShown(assessment), rollout.isDegraded { result.leftOut.degraded += 1 }
            case .shown: break
            case .leftOut: result.leftOut.degraded += 1
            case .failed(let error):
                if let place = failures.firstIndex(where: { $0.error == error }) {
                    failures[place].ids.append(id)
                } else {
                    failures.append((error, [id]))
                }
            }
        }
        // One for each distinct error.
        result.failures += failures.map { .init(id: $1[0], error: .unjudged($1, because: $0)) }
    }

    private func isShown(_ assessment: Assessment) -> Bool { all || assessment.needsAttention }

    private func shown(withUnsure: Bool) -> [Assessment] {
        state.withLock { $0.judged.values }.compactMap { judgement in
            switch judgement {
            case .shown(let assessment): assessment
            case .unsettled(_, let assessment), .outdated(_, let assessment):
                withUnsure && isShown(assessment) ? assessment : nil
            case .leftOut, .failed: nil
            }
        }.sorted { $0.id < $1.id }
    }
}
