internal import Formats
internal import RolloutHeal
internal import Rollouts
internal import Documents

/// `-o json` and `-o yaml` of `list`: what programs read, so names and nulls are a promise.
enum DiagnosisList {
    static let apiVersion = "rollout-heal/v1"

    static func node(_ findings: [Findings]) -> YAMLNode {
        YAMLNode(
            .mapping([
                ("apiVersion", .text(apiVersion)),
                ("kind", .text("DiagnosisList")),
                ("items", YAMLNode(.sequence(findings.flatMap(items)))),
            ]))
    }

    private static func items(_ findings: Findings) -> [YAMLNode] {
        let cluster: [(key: String, value: YAMLNode)] = findings.context.map { [("cluster", .text($0))] } ?? []
        return findings.found.map { YAMLNode(.mapping(cluster + fields($0))) }
    }

    private static func fields(_ assessment: Assessment) -> [(key: String, value: YAMLNode)] {
        [
            ("namespace", .text(assessment.namespace)),
            ("name", .text(assessment.name)),
            ("uid", .text(assessment.uid)),
            ("strategy", .text(assessment.strategy?.rawValue)),
            ("phase", .text(assessment.health.phase)),
            ("message", .text(assessment.health.message)),
            ("diagnosis", .text(assessment.verdict?.diagnosis.rawValue)),
            ("reason", .text(assessment.explanation)),
            ("action", .text(assessment.action.rawValue)),
            ("gates", YAMLNode(.sequence(assessment.gates.map(gate)))),
            ("heldBy", .text(assessment.verdict?.heldBy?.gate.rawValue)),
            ("since", .text(assessment.since?.rfc3339)),
            ("belief", belief(assessment.equations)),
            (
                "replicas",
                YAMLNode(
                    .mapping([
                        ("desired", .number(assessment.replicas.desired)),
                        ("ready", .number(assessment.replicas.ready)),
                        ("available", .number(assessment.replicas.available)),
                        ("total", .number(assessment.replicas.total)),
                    ]))
            ),
            ("podHash", .text(assessment.podHash)),
            ("restartAt", .text(assessment.restartAt?.rfc3339)),
            ("restarts", .number(assessment.restarts.map { Int64($0) })),
            ("refreshedAt", .text(assessment.refreshedAt?.rfc3339)),
        ]
    }

    private static func gate(_ reading: Reading) -> YAMLNode {
        YAMLNode(
            .mapping([
                ("gate", .text(reading.gate.rawValue)),
                ("open", YAMLNode(reading.isOpen.map { .bool($0) } ?? .null)),
                ("reason", .text(reading.reason)),
            ]))
    }

    /// What `status` says, by the names that people know.
    private static func belief(_ equations: [Equation]) -> YAMLNode {
        func believed(_ counter: Equation.Counter) -> YAMLNode {
            .number(equations.first { $0.counter == counter }?.believed)
        }
        return YAMLNode(
            .mapping([
                ("replicas", believed(.replicas)), ("updated", believed(.updatedReplicas)),
                ("ready", believed(.readyReplicas)), ("available", believed(.availableReplicas)),
                ("generation", believed(.generation)),
            ]))
    }
}

extension YAMLNode {
    static func text(_ text: String?) -> YAMLNode {
        YAMLNode(text.map { .string($0) } ?? .null)
    }

    static func number(_ number: Int64?) -> YAMLNode {
        YAMLNode(number.map { .integer($0) } ?? .null)
    }
}
