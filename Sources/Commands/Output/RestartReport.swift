internal import Formats
internal import RolloutHeal
internal import Rollouts
internal import Documents

/// Prints the outcome for each Rollout as it becomes known, and a summary at the end.
actor RestartReport {
    private let format: OutputFormat
    private let dryRun: RestartOutcome.DryRun
    private let showsNamespace: Bool
    /// Whether each Rollout was named on the command line; holding one back is then an error.
    private let isNamed: Bool
    private let world: World

    private var outcomes: [RestartOutcome] = []
    private var followed: [FollowOutcome] = []
    private var errors: [RolloutHealError] = []
    private var hasWarned = false

    init(
        format: OutputFormat, dryRun: RestartOutcome.DryRun, showsNamespace: Bool, isNamed: Bool = false, _ world: World
    ) {
        self.format = format
        self.dryRun = dryRun
        self.showsNamespace = showsNamespace
        self.isNamed = isNamed
        self.world = world
    }

    var count: Int { outcomes.count }

    var restarted: [FollowRestarts.Restart] {
        outcomes.compactMap { outcome in
            guard case .restarted(let restartAt, _, _) = outcome.result else { return nil }
            return .init(outcome.id, restartAt: restartAt, before: outcome.before)
        }
    }

    /// The restarts whose end is not known.
    var unfollowed: [FollowRestarts.Restart] {
        restarted.filter { restart in
            !followed.contains { $0.id == restart.id }
        }
    }

    func noneFound(namespace: String?) {
        world.console.err(
            "No degraded rollouts found" + (namespace.map { " in \($0.safeForTerminal) namespace" } ?? "") + ".\n")
    }

    /// A note if the application's name selected no Rollout or all of the namespace; else empty.
    static func said(of result: ApplicationSearch.Result, application: String, namespace: String?) -> String {
        let place = namespace.map { " in namespace \($0.safeForTerminal)" } ?? ""
        return switch result {
        case .members: ""
        case .nobody:
            "warning: no Rollout\(place) belongs to Argo CD Application \"\(application.safeForTerminal)\"; nothing was changed\n"
        case .everybody:
            "no Rollout\(place) is tracked by any Argo CD Application; all Rollouts of the namespace are selected\n"
        }
    }

    func add(_ outcome: RestartOutcome) {
        outcomes.append(outcome)
        switch outcome.result {
        case .restarted: changed(outcome, "restarted")
        case .cancelled: changed(outcome, "restart cancelled")
        case .unobserved(let isTakenBack):
            changed(
                outcome,
                "restarted, but the controller has not observed it: is it down?"
                    + (isTakenBack ? " It was taken back: no pod was evicted" : ""))
        case .refreshed(let after):
            changed(outcome, "healed by a refresh in \(HealReport.seconds(after)) s, no pod evicted")
        case .denied(let rights):
            if format == .table {
                let subject = subject(outcome.namespace, outcome.name)
                world.console.out("\(subject) not restarted: it could not be refreshed first\n")
            }
            for right in rights {
                world.console.err(HealReport.warning(ofMissing: right, namespace: outcome.namespace))
            }
        case .skipped(let skip):
            if format == .table {
                let why = skip.why.safeForTerminal
                world.console.out("\(subject(outcome.namespace, outcome.name)) skipped (\(skip.word): \(why))\n")
            }
        case .failed(let error): errors.append(error)
        }
        if outcome.lacksEvidence { warnOfMissingRight(outcome.namespace) }
    }

    func add(_ outcome: FollowOutcome) {
        followed.append(outcome)
        guard format == .table else { return }
        let subject = subject(outcome.namespace, outcome.name)
        switch outcome.result {
        case .recovered(let duration):
            world.console.out("\(subject) recovered (after \(duration.components.seconds) s)\n")
        case .takenBack:
            world.console.out("\(subject) taken back (the restart made no progress, no pod was evicted)\n")
        case .notRecovered(let why): world.console.out("\(subject) not recovered (\(why.safeForTerminal))\n")
        }
    }

    /// Prints the summary, and returns the exit status of the run.
    func finish() -> ExitStatus {
        if format == .json { world.console.out(document.json(pretty: true) + "\n") }
        let status = errors.reduce(ExitStatus.success) { status, error in
            status.combined(with: ErrorReport(error).print(on: world.console))
        }
        if format == .table, outcomes.contains(where: \.isForARefresh) {
            world.console.err(
                "hint: a stale view needs no restart: kubectl rollout-heal heal makes the controller reconcile, and evicts no pod\n"
            )
        }
        let isDenied = outcomes.contains { if case .denied = $0.result { true } else { false } }
        let isUnhealed = followed.contains { $0.result.isFailure }
        let isUnobserved = outcomes.contains { if case .unobserved = $0.result { true } else { false } }
        var final = isUnhealed || isUnobserved ? status.combined(with: .notRecovered) : status
        if isDenied { final = final.combined(with: .denied) }
        let held = outcomes.compactMap(\.refusal)
        if isNamed, dryRun == .none, !held.isEmpty {
            final = final.combined(with: .refused)
            world.console.err(Self.hints(for: held.compactMap { $0.heldBy?.gate }))
        }
        if outcomes.count > 1, format == .table, dryRun == .none { world.console.err(summary + "\n") }
        TerminationLog.write(document, world)
        return final
    }

    /// Counts what became of all of them; what was left alone by gate, or by diagnosis where the gate is `policy`.
    private var summary: String {
        let recovered = Set(followed.filter { !$0.result.isFailure }.map(\.id))
        let pods = outcomes.filter { recovered.contains($0.id) }.reduce(0) { $0 &+ ($1.pods ?? 0) }
        let restarted = outcomes.count { if case .restarted = $0.result { true } else { false } }
        var parts: [String] = []
        if !recovered.isEmpty {
            parts.append("\(recovered.count) healed by a restart (\(HealReport.count(Int(pods), "pod")) evicted)")
        }
        if restarted > followed.count { parts.append("\(restarted - followed.count) restarted, not followed") }
        let refreshed = outcomes.count { if case .refreshed = $0.result { true } else { false } }
        if refreshed > 0 { parts.append("\(refreshed) healed by a refresh") }
        let unhealed = followed.count { $0.result.isFailure } + outcomes.count(where: \.result.isFailure)
        parts.append("\(unhealed) not healed")
        let held = outcomes.compactMap(\.refusal).map {
            HealReport.heldWord($0.heldBy?.gate ?? .policy, $0.diagnosis)
        }
        return HealReport.summary(parts, leftAlone: held)
    }

    /// How to open the gates that hold named Rollouts back, each once.
    static func hints(for gates: [Gate]) -> String {
        Gate.allCases.filter(gates.contains).compactMap { gate in
            gate.remedy.map { "hint: \(gate.rawValue): \($0)\n" }
        }.joined()
    }

    private func changed(_ outcome: RestartOutcome, _ what: String) {
        switch format {
        case .table:
            let suffix =
                switch dryRun {
                case .none: ""
                case .client: " (dry run)"
                case .server: " (server dry run)"
                }
            world.console.out("\(subject(outcome.namespace, outcome.name)) \(what)\(suffix)\n")
        case .name: world.console.out("rollout.argoproj.io/\(outcome.name.safeForTerminal)\n")
        default: break
        }
    }

    private func subject(_ namespace: String, _ name: String) -> String {
        "rollout.argoproj.io/" + (showsNamespace ? namespace.safeForTerminal + "/" : "") + name.safeForTerminal
    }

    private func warnOfMissingRight(_ namespace: String) {
        if hasWarned { return }
        hasWarned = true
        world.console.err(ErrorReport.evidenceWarning(namespace: namespace))
    }

    private var document: YAMLNode {
        let following = Dictionary(followed.map { ($0.id, $0.result) }) { _, last in last }
        return RestartList.node(outcomes.map { ($0, following[$0.id]) }, dryRun)
    }
}

extension RestartOutcome {
    /// Whether a restart was held back because a refresh heals the Rollout.
    fileprivate var isForARefresh: Bool {
        if case .skipped(let skip) = result { skip.verdict?.diagnosis.isControllersView ?? false } else { false }
    }

    /// The verdict on a Rollout that was held back; nil if it has none.
    fileprivate var refusal: Verdict? {
        if case .skipped(let skip) = result { skip.verdict } else { nil }
    }
}

extension RestartOutcome.Result {
    fileprivate var isFailure: Bool {
        switch self {
        case .failed, .denied, .unobserved: true
        default: false
        }
    }
}

extension FollowOutcome.Result {
    fileprivate var isFailure: Bool {
        if case .recovered = self { false } else { true }
    }
}
