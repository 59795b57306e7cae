internal import RolloutHeal
internal import Rollouts
internal import YAML

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
            ("heldBy", .text(assessment.verdict?.heldBy?.name)),
            ("since", .text(assessment.since?.rfc3339)),
            (
                "replicas",
                YAMLNode(
                    .mapping([
                        ("desired", .number(assessment.replicas.desired)),
                        ("ready", .number(assessment.replicas.ready)),
                        ("available", .number(assessment.replicas.available)),
                    ]))
            ),
            ("podHash", .text(assessment.podHash)),
            ("restartAt", .text(assessment.restartAt?.rfc3339)),
            ("restarts", .number(assessment.restarts.map { Int64($0) })),
        ]
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
