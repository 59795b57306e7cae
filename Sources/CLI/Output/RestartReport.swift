internal import RolloutHeal
internal import Rollouts
internal import YAML

/// Prints what becomes of each Rollout as it becomes known, and sums it up at the end.
actor RestartReport {
    private let format: OutputFormat
    private let dryRun: RestartOutcome.DryRun
    private let showsNamespace: Bool
    private let world: World

    private var outcomes: [RestartOutcome] = []
    private var followed: [FollowOutcome] = []
    private var errors: [RolloutHealError] = []
    private var hasWarned = false

    init(format: OutputFormat, dryRun: RestartOutcome.DryRun, showsNamespace: Bool, _ world: World) {
        self.format = format
        self.dryRun = dryRun
        self.showsNamespace = showsNamespace
        self.world = world
    }

    var count: Int { outcomes.count }

    var restarted: [FollowRestarts.Restart] {
        outcomes.compactMap { outcome in
            guard case .restarted(let restartAt, _) = outcome.result else { return nil }
            return .init(namespace: outcome.namespace, name: outcome.name, restartAt: restartAt)
        }
    }

    func noneFound(namespace: String?) {
        world.console.err(
            "No degraded rollouts found" + (namespace.map { " in \($0.safeForTerminal) namespace" } ?? "") + ".\n")
    }

    func noRollout(of application: Scope.Application, namespace: String?) {
        let place = namespace.map { " in namespace \($0.safeForTerminal)" } ?? ""
        let what = "no Rollout\(place) belongs to Argo CD application \"\(application.name.safeForTerminal)\""
        switch application {
        case .only: world.console.err("warning: \(what)\n")
        case .preferred: world.console.err("\(what); all Rollouts of the namespace count\n")
        }
    }

    func add(_ outcome: RestartOutcome) {
        outcomes.append(outcome)
        switch outcome.result {
        case .restarted: changed(outcome, "restarted")
        case .cancelled: changed(outcome, "restart cancelled")
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
        case .recovered(let seconds): world.console.out("\(subject) recovered (after \(seconds) s)\n")
        case .notRecovered(let why): world.console.out("\(subject) not recovered (\(why.safeForTerminal))\n")
        }
    }

    /// Prints what is printed at the end, and gives the status of the whole run.
    func finish() -> ExitStatus {
        if format == .json { world.console.out(document.json(pretty: true) + "\n") }
        let status = errors.reduce(ExitStatus.success) { status, error in
            status.combined(with: ErrorReport(error).print(on: world.console))
        }
        let isUnhealed = followed.contains { $0.result.isFailure }
        let final = isUnhealed ? status.combined(with: .notRecovered) : status
        TerminationLog.write(document, world)
        return final
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
        let following = Dictionary(followed.map { ("\($0.namespace)/\($0.name)", $0.result) }) { _, last in last }
        let items = outcomes.map { outcome in
            YAMLNode(.mapping(outcome.fields + followFields(following["\(outcome.namespace)/\(outcome.name)"])))
        }
        return YAMLNode(
            .mapping([
                ("apiVersion", .text(DiagnosisList.apiVersion)), ("kind", .text("RestartList")),
                ("dryRun", .text(dryRun.rawValue)), ("items", YAMLNode(.sequence(items))),
            ]))
    }

    private func followFields(_ result: FollowOutcome.Result?) -> [(key: String, value: YAMLNode)] {
        switch result {
        case .recovered(let seconds)?: [("recoveredAfterSeconds", .number(seconds))]
        case .notRecovered(let why)?: [("notRecovered", .text(why))]
        case nil: []
        }
    }
}

extension RestartOutcome {
    fileprivate var fields: [(key: String, value: YAMLNode)] {
        let names: [(key: String, value: YAMLNode)] = [("namespace", .text(namespace)), ("name", .text(name))]
        switch result {
        case .restarted(let at, let attempt):
            return names + [
                ("result", .text("restarted")), ("restartAt", .text(at.rfc3339)),
                ("restarts", .number(Int64(attempt))),
            ]
        case .cancelled: return names + [("result", .text("cancelled"))]
        case .skipped(let skip):
            return names + [
                ("result", .text("skipped")), ("diagnosis", .text(skip.verdict?.diagnosis.rawValue)),
                ("heldBy", .text(skip.verdict?.heldBy?.name)), ("message", .text(skip.why)),
            ]
        case .failed(let error):
            return names + [("result", .text("failed")), ("message", .text(ErrorReport(error).message))]
        }
    }
}

extension FollowOutcome.Result {
    fileprivate var isFailure: Bool {
        if case .notRecovered = self { true } else { false }
    }
}
