internal import Documents
internal import Formats
internal import KubeClient
internal import RolloutHeal
internal import Rollouts

/// `-o json` and `-o yaml` of `explain`: the fields of `list`, and the evidence for them.
struct ExplanationList {
    var rule: HealRule
    var flags: String?

    /// An explanation, and its remedy.
    typealias Row = (explanation: Explanation, remedy: Remedy)

    func node(_ explanations: [Explanation]) -> YAMLNode {
        let rows = explanations.map { Row($0, Remedy(for: $0, under: rule, flags: flags)) }
        return .document(
            Self.kind, [("policy", .text(rule.policy.rawValue))], items: rows.map { .object(Self.fields, of: $0) })
    }

    static let kind = "ExplanationList"
    static let shape = Shape.document(
        kind, [Shape.Property(name: "policy", shape: .word(Policy.allCases.map(\.rawValue)))], items: .object(fields))

    static let fields: [Field<Row>] =
        DiagnosisList.fields.map { field in
            // Replaced by all gates, including those of PodDisruptionBudgets.
            field.name == "gates"
                ? Field("gates", field.shape) { .list($0.explanation.gates, DiagnosisList.gateFields) }
                : field.of { $0.explanation.assessment }
        } + [
            Field("restartedAt", .nullable(.time)) { .text($0.explanation.assessment.restartedAt?.rfc3339) },
            Field("counters", .list(.object(counterFields))) {
                .list($0.explanation.assessment.equations, counterFields)
            },
            Field("replicaSets", .nullable(.list(.object(replicaSetFields)))) { row in
                row.explanation.replicaSets.map {
                    .list($0.map { ($0, row.explanation.assessment.podHash) }, replicaSetFields)
                }
                    ?? .text(nil)
            },
            Field("pods", .nullable(.object(podsFields))) { row in
                row.explanation.pods == .notAsked ? .text(nil) : .object(podsFields, of: row.explanation.pods)
            },
            Field("conclusion", .text) { .text($0.remedy.sentence) },
            Field("command") { .text($0.remedy.command) },
            Field("now", .time) { .text($0.explanation.now.rfc3339) },
        ]

    /// The belief and the evidence for each counter.
    static let counterFields: [Field<Equation>] = [
        Field("counter", .word(Equation.Counter.allCases.map(\.rawValue))) { .text($0.counter.rawValue) },
        Field("status", .number) { .number($0.believed) },
        Field("live", .number) { .number($0.real) },
        Field("holds", .flag) { .flag($0.holds) },
    ]

    /// A ReplicaSet, and the hash of the current pod template.
    typealias OwnedSet = (set: ReplicaSet, current: String?)

    static let replicaSetFields: [Field<OwnedSet>] = [
        Field("name", .text) { .text($0.set.metadata.name) },
        Field("current", .flag) { .flag($0.set.podHash == $0.current) },
        Field("replicas", .number) { .number($0.set.status.replicas ?? 0) },
        Field("ready", .number) { .number($0.set.status.readyReplicas ?? 0) },
        Field("available", .number) { .number($0.set.status.availableReplicas ?? 0) },
    ]

    static let podsFields: [Field<PodReport>] = [
        Field("count", .nullable(.number)) { .number($0.count) },
        Field("unavailable", .list(.object(troubleFields))) { .list($0.troubles, troubleFields) },
        Field("error") { .text($0.error) },
    ]

    static let troubleFields: [Field<PodTrouble>] = [
        Field("pod", .text) { .text($0.pod) },
        Field("reason", .text) { .text($0.reason) },
        Field("detail", .text) { .text($0.detail) },
    ]
}

extension PodReport {
    /// Number of pods; nil if they were not read.
    fileprivate var count: Int64? {
        if case .read(_, let count, _) = self { Int64(count) } else { nil }
    }

    fileprivate var troubles: [PodTrouble] {
        if case .read(let troubles, _, _) = self { troubles } else { [] }
    }

    /// Why the pods could not be read, or why there are no more.
    fileprivate var error: String? {
        switch self {
        case .notAsked: nil
        case .forbidden: "reading them is forbidden"
        case .unreadable(let error): error.message
        case .read(_, _, let failure): failure
        }
    }
}
