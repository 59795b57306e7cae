internal import Documents
internal import RolloutHeal
internal import Rollouts

/// `-o json` of `heal` and `refresh`.
enum HealList {
    static func node(_ outcomes: [HealOutcome], _ dryRun: RestartOutcome.DryRun) -> YAMLNode {
        .document(
            kind, [("dryRun", .text(dryRun.rawValue))], items: outcomes.map { .object(fields, of: $0) })
    }

    static let kind = "HealList"
    static let dryRun = Shape.Property(name: "dryRun", shape: .word(RestartOutcome.DryRun.allCases.map(\.rawValue)))
    static let shape = Shape.document(kind, [dryRun], items: .object(fields))

    static let fields: [Field<HealOutcome>] = [
        Field("namespace", .text) { .text($0.namespace) },
        Field("name", .text) { .text($0.name) },
        Field("diagnosis", .nullable(.diagnosis)) { .text($0.diagnosis?.rawValue) },
        Field("refreshed", .nullable(.number)) {
            .number($0.writes.map { Int64($0.replicaSets + ($0.hasLabel ? 1 : 0)) })
        },
        Field("result", .word(HealOutcome.Result.words)) { .text($0.result.word) },
        Field(sometimes: "by", .word(["refresh", "restart"])) { $0.result.step.map { .text($0.rawValue) } },
        Field(sometimes: "milliseconds", .number) { outcome in
            guard case .healed(_, let after, _) = outcome.result else { return nil }
            return .number(Int64(after / .milliseconds(1)))
        },
        Field(sometimes: "evicted", .number) { outcome in
            guard case .healed(_, _, let evicted) = outcome.result else { return nil }
            return .number(evicted)
        },
        Field(sometimes: "restarts", .number) { outcome in
            guard case .begun(let attempt) = outcome.result else { return nil }
            return .number(Int64(attempt))
        },
        Field(sometimes: "phase", .text) { $0.result.phase.map { .text($0) } },
        Field(sometimes: "heldBy", .gate) { outcome in
            guard case .held(let gate, _, _) = outcome.result else { return nil }
            return .text(gate.rawValue)
        },
        Field(sometimes: "message", .nullable(.text)) { $0.result.message },
    ]
}

extension HealOutcome.Result {
    fileprivate static let words = [
        "healed", "restarted", "seen-again", "not-healed", "held", "nothing", "gone", "dry-run", "denied", "failed",
    ]

    fileprivate var word: String {
        switch self {
        case .healed: "healed"
        case .begun: "restarted"
        case .seenAgain: "seen-again"
        case .notHealed: "not-healed"
        case .held: "held"
        case .nothing: "nothing"
        case .gone: "gone"
        case .would: "dry-run"
        case .denied: "denied"
        case .failed: "failed"
        }
    }

    fileprivate var step: HealOutcome.Step? {
        switch self {
        case .healed(let step, _, _), .notHealed(let step, _), .would(let step, _): step
        case .begun, .seenAgain, .held, .nothing, .gone, .denied, .failed: nil
        }
    }

    fileprivate var phase: String? {
        switch self {
        case .seenAgain(let phase, _), .nothing(let phase): phase
        case .healed, .begun, .notHealed, .held, .gone, .would, .denied, .failed: nil
        }
    }

    /// Nil if the result has no message.
    fileprivate var message: YAMLNode? {
        switch self {
        case .seenAgain(_, let message): .text(message)
        case .notHealed(_, let why), .held(_, _, let why): .text(why)
        case .would(_, let consequence): .text(consequence)
        case .denied(let rights): .text(rights.joined(separator: ", "))
        case .failed(let error): .text(ErrorReport(error).message)
        case .healed, .begun, .nothing, .gone: nil
        }
    }
}
