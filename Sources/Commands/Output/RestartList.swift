internal import Documents
internal import Formats
internal import RolloutHeal
internal import Rollouts

/// `-o json` of `restart`.
enum RestartList {
    /// What was done with a Rollout, and how its restart ended if it was followed.
    typealias Row = (outcome: RestartOutcome, end: FollowOutcome.Result?)

    static func node(_ rows: [Row], _ dryRun: RestartOutcome.DryRun) -> YAMLNode {
        .document(kind, [("dryRun", .text(dryRun.rawValue))], items: rows.map { .object(fields, of: $0) })
    }

    static let kind = "RestartList"
    static let shape = Shape.document(kind, [HealList.dryRun], items: .object(fields))

    static let fields: [Field<Row>] = [
        Field("namespace", .text) { .text($0.outcome.namespace) },
        Field("name", .text) { .text($0.outcome.name) },
        Field("result", .word(RestartOutcome.Result.words)) { .text($0.outcome.result.word) },
        Field(sometimes: "restartAt", .time) { row in
            guard case .restarted(let moment, _, _) = row.outcome.result else { return nil }
            return .text(moment.rfc3339)
        },
        Field(sometimes: "restarts", .number) { row in
            guard case .restarted(_, let attempt, _) = row.outcome.result else { return nil }
            return .number(Int64(attempt))
        },
        Field(sometimes: "milliseconds", .number) { row in
            guard case .refreshed(let after) = row.outcome.result else { return nil }
            return .number(Int64(after / .milliseconds(1)))
        },
        Field(sometimes: "diagnosis", .nullable(.diagnosis)) { row in
            row.outcome.skip.map { .text($0.verdict?.diagnosis.rawValue) }
        },
        Field(sometimes: "heldBy", .nullable(.gate)) { row in
            row.outcome.skip.map { .text($0.verdict?.heldBy?.gate.rawValue) }
        },
        Field(sometimes: "message", .text) { $0.outcome.result.message.map { .text($0) } },
        Field(sometimes: "takenBack", .flag) { row in
            if case .unobserved(let isTakenBack) = row.outcome.result { return .flag(isTakenBack) }
            return row.end == .takenBack ? .flag(true) : nil
        },
        Field(sometimes: "recoveredAfterSeconds", .number) { row in
            guard case .recovered(let duration)? = row.end else { return nil }
            return .number(duration.components.seconds)
        },
        Field(sometimes: "notRecovered", .text) { row in
            guard case .notRecovered(let why)? = row.end else { return nil }
            return .text(why)
        },
    ]
}

extension RestartOutcome {
    fileprivate var skip: Skip? {
        if case .skipped(let skip) = result { skip } else { nil }
    }
}

extension RestartOutcome.Result {
    fileprivate static let words = [
        "restarted", "cancelled", "unobserved", "refreshed", "denied", "skipped", "failed",
    ]

    fileprivate var word: String {
        switch self {
        case .restarted: "restarted"
        case .cancelled: "cancelled"
        case .unobserved: "unobserved"
        case .refreshed: "refreshed"
        case .denied: "denied"
        case .skipped: "skipped"
        case .failed: "failed"
        }
    }

    fileprivate var message: String? {
        switch self {
        case .denied(let rights): rights.joined(separator: ", ")
        case .skipped(let skip): skip.why
        case .failed(let error): ErrorReport(error).message
        case .restarted, .cancelled, .unobserved, .refreshed: nil
        }
    }
}
