internal import Documents
internal import Formats
internal import RolloutHeal
internal import Rollouts

/// `-o json` and `-o yaml` of `list`. To add a field, add an entry.
enum DiagnosisList {
    static let apiVersion = "rollout-heal/v1"

    static func node(_ findings: [Findings]) -> YAMLNode {
        .document(kind, items: findings.flatMap(items))
    }

    static let kind = "DiagnosisList"
    static let shape = Shape.document(
        kind, items: .object([Shape.Property(name: "cluster", shape: .text, isAlways: false)] + fields.map(\.property)))

    static func items(_ findings: Findings) -> [YAMLNode] {
        findings.found.map { item($0, context: findings.context) }
    }

    /// - Parameter context: the kubeconfig context, if several clusters are shown together.
    static func item(_ assessment: Assessment, context: String?) -> YAMLNode {
        let cluster = context.map { context in [Field<Assessment>("cluster") { _ in .text(context) }] } ?? []
        return .object(cluster + fields, of: assessment)
    }

    static let fields: [Field<Assessment>] = [
        Field("namespace", .text) { .text($0.namespace) },
        Field("name", .text) { .text($0.name) },
        Field("uid") { .text($0.uid) },
        Field("strategy", .nullable(.word(Rollout.StrategyKind.allCases.map(\.rawValue)))) {
            .text($0.strategy?.rawValue)
        },
        Field("phase", .text) { .text($0.health.phase) },
        Field("message", .text) { .text($0.health.message) },
        Field("diagnosis", .nullable(.diagnosis)) { .text($0.verdict?.diagnosis.rawValue) },
        Field("reason") { .text($0.explanation) },
        Field("action", .word(Action.allCases.map(\.rawValue))) { .text($0.action.rawValue) },
        Field("gates", .list(.object(gateFields))) { .list($0.gates, gateFields) },
        Field("heldBy", .nullable(.gate)) { .text($0.verdict?.heldBy?.gate.rawValue) },
        Field("since", .nullable(.time)) { .text($0.since?.rfc3339) },
        Field("belief", .object(beliefFields)) { .object(beliefFields, of: $0.equations) },
        Field("replicas", .object(replicasFields)) { .object(replicasFields, of: $0.replicas) },
        Field("podHash") { .text($0.podHash) },
        Field("restartAt", .nullable(.time)) { .text($0.restartAt?.rfc3339) },
        Field("restarts", .nullable(.number)) { .number($0.restarts.map { Int64($0) }) },
        Field("refreshedAt", .nullable(.time)) { .text($0.refreshedAt?.rfc3339) },
    ]

    static let gateFields: [Field<Reading>] = [
        Field("gate", .gate) { .text($0.gate.rawValue) },
        Field("open", .nullable(.flag)) { .flag($0.isOpen) },
        Field("reason", .text) { .text($0.reason) },
    ]

    /// The belief, with the field names of `status`.
    static let beliefFields: [Field<[Equation]>] = [
        Field("replicas", .nullable(.number)) { believed(.replicas, $0) },
        Field("updated", .nullable(.number)) { believed(.updatedReplicas, $0) },
        Field("ready", .nullable(.number)) { believed(.readyReplicas, $0) },
        Field("available", .nullable(.number)) { believed(.availableReplicas, $0) },
        Field("generation", .nullable(.number)) { believed(.generation, $0) },
    ]

    static let replicasFields: [Field<Assessment.Replicas>] = [
        Field("desired", .number) { .number($0.desired) },
        Field("ready", .nullable(.number)) { .number($0.ready) },
        Field("available", .nullable(.number)) { .number($0.available) },
        Field("total", .nullable(.number)) { .number($0.total) },
    ]

    private static func believed(_ counter: Equation.Counter, _ equations: [Equation]) -> YAMLNode {
        .number(equations.first { $0.counter == counter }?.believed)
    }
}
