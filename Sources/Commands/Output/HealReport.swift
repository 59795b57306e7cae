internal import KubeClient
internal import RolloutHeal
internal import Rollouts
internal import Documents

/// Prints the steps of `heal` and `refresh` as they happen, and a summary at the end.
actor HealReport {
    struct Options {
        var format: OutputFormat
        var dryRun: RestartOutcome.DryRun
        var showsNamespace: Bool
        /// Whether each Rollout was named on the command line; holding one back is then an error.
        var isNamed: Bool
        /// Whether only a refresh was requested.
        var refreshOnly = false
    }

    let options: Options
    private let world: World
    private var outcomes: [HealOutcome] = []
    private var hasWarned = false

    init(_ options: Options, _ world: World) {
        self.options = options
        self.world = world
    }

    var count: Int { outcomes.count }

    func noneFound(namespace: String?) {
        let place = namespace.map { " in \($0.safeForTerminal) namespace" } ?? ""
        world.console.err("No Rollout needs healing\(place).\n")
    }

    func leaves(_ leftOut: LeftOut, namespace: String?) {
        world.console.err(leftOut.note(isMore: false, namespace: namespace, hint: "list --all shows them"))
    }

    func saw(_ progress: HealProgress) {
        if case .interrupted = progress {} else if options.format != .table { return }
        switch progress {
        case .refreshed(let id, let writes, let reason, let consequence):
            let next = consequence.map { "; the controller \($0)" } ?? ""
            world.console.out(
                "\(subject(id.namespace, id.name)) refreshed (\(writes.text); "
                    + "\((reason + next).safeForTerminal))\n")
        case .restarted(let id, _, let attempt):
            world.console.out(
                "\(subject(id.namespace, id.name)) restarted (the refresh did not help; restart \(attempt) of this pod template)\n"
            )
        case .interrupted(let id, let end):
            let what =
                switch end {
                case .takenBack?: "the restart was taken back: it had made no progress"
                case .notRecovered(let why)? where why != FollowRestarts.continues: why
                default: "the restart continues: it has made progress"
                }
            world.console.err("\(subject(id.namespace, id.name)): \(what.safeForTerminal)\n")
        case .settling, .following: break
        }
    }

    func add(_ outcome: HealOutcome) {
        outcomes.append(outcome)
        if outcome.lacksEvidence, !hasWarned {
            hasWarned = true
            world.console.err(ErrorReport.evidenceWarning(namespace: outcome.namespace))
        }
        for right in outcome.writes?.missingRights ?? [] {
            world.console.err(Self.warning(ofMissing: right, namespace: outcome.namespace))
        }
        let name = subject(outcome.namespace, outcome.name)
        if let failure = outcome.writes?.failure, failure != .api(.overtaken), outcome.result != .failed(failure) {
            let what = outcome.writes?.failedOn ?? "an object"
            let words = ErrorReport(failure).message.safeForTerminal
            world.console.err("warning: \(name): not every object could be refreshed (\(what)): \(words)\n")
        }
        if options.format == .name, outcome.isDone {
            world.console.out("rollout.argoproj.io/\(outcome.name.safeForTerminal)\n")
        }
        guard options.format == .table, let words = words(of: outcome) else { return }
        world.console.out("\(name) \(words.safeForTerminal)\n")
    }

    /// Prints the summary, and returns the exit status of the run.
    func finish() -> ExitStatus {
        if options.format == .json { world.console.out(document.json(pretty: true) + "\n") }
        var status = ExitStatus.success
        for outcome in outcomes {
            switch outcome.result {
            case .failed(let error): status = status.combined(with: ErrorReport(error).print(on: world.console))
            case .denied: status = status.combined(with: .denied)
            case .notHealed: status = status.combined(with: .notRecovered)
            case .held where options.isNamed && options.dryRun == .none: status = status.combined(with: .refused)
            default: break
            }
        }
        if options.isNamed, options.dryRun == .none {
            world.console.err(
                RestartReport.hints(
                    for: outcomes.compactMap { if case .held(let gate, _, _) = $0.result { gate } else { nil } }))
        }
        if outcomes.count > 1, options.format == .table { world.console.err(summary + "\n") }
        TerminationLog.write(document, world)
        return status
    }

    private var summary: String {
        let byRefresh = outcomes.count { if case .healed(by: .refresh, _, _) = $0.result { true } else { false } }
        let restarted = outcomes.compactMap { outcome -> Int64? in
            if case .healed(by: .restart, _, let evicted) = outcome.result { evicted } else { nil }
        }
        let unhealed = outcomes.count { outcome in
            switch outcome.result {
            case .notHealed, .seenAgain, .failed, .denied: true
            default: false
            }
        }
        var parts = ["\(byRefresh) healed by a refresh"]
        if !restarted.isEmpty {
            parts.append("\(restarted.count) by a restart (\(Self.count(Int(restarted.reduce(0, +)), "pod")) evicted)")
        }
        parts.append("\(unhealed) not healed")
        let held = outcomes.compactMap { outcome -> String? in
            guard case .held(let gate, let diagnosis, _) = outcome.result else { return nil }
            return Self.heldWord(gate, diagnosis)
        }
        return Self.summary(parts, leftAlone: held)
    }

    /// The word that a summary counts: the gate, or the diagnosis where that is `policy`.
    static func heldWord(_ gate: Gate, _ diagnosis: Diagnosis?) -> String {
        gate == .policy ? diagnosis?.rawValue ?? gate.rawValue : gate.rawValue
    }

    /// Joins `parts`, and counts equal words of what was left alone.
    static func summary(_ parts: [String], leftAlone words: [String]) -> String {
        let counts = words.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        let list = counts.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
        return parts.joined(separator: ", ") + (list.isEmpty ? "" : "; left alone: \(list)")
    }

    static func count(_ number: Int, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// Seconds, with one decimal below 10 s.
    static func seconds(_ duration: Duration) -> String {
        let tenths = Int64(max(0, duration / .milliseconds(100)).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(tenths / 10)"
    }

    static func warning(ofMissing right: String, namespace: String) -> String {
        let place = right == "rollouts" ? "rollouts in API group argoproj.io" : "\(right) in API group apps"
        return """
            warning: the account may not patch \(right) in namespace \(namespace.safeForTerminal)
            hint: grant verb patch on resource \(place)

            """
    }

    private func subject(_ namespace: String, _ name: String) -> String {
        "rollout.argoproj.io/" + (options.showsNamespace ? namespace.safeForTerminal + "/" : "") + name.safeForTerminal
    }

    private var document: YAMLNode { HealList.node(outcomes, options.dryRun) }
}

extension HealOutcome {
    /// Whether something was written for the Rollout, or would have been.
    fileprivate var isDone: Bool {
        switch result {
        case .healed, .begun, .seenAgain, .would: true
        case .notHealed, .held, .nothing, .gone, .denied, .failed: writes.map { !$0.isNothing } ?? false
        }
    }
}
