import Documents
import Foundation
import Rollouts

@testable import Commands

/// The contents of docs/schemas, generated from the fields of the output.
enum OutputSchemas {
    struct Schema {
        var name: String
        var title: String
        var shape: Shape

        var file: URL {
            URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/schemas/\(name).json")
                .standardizedFileURL
        }

        var node: YAMLNode {
            let head: [(key: String, value: YAMLNode)] = [
                ("$schema", .text("https://json-schema.org/draft/2020-12/schema")),
                ("$id", .text("urn:rollout-heal:v1:\(name)")), ("title", .text(title)),
            ]
            return YAMLNode(.mapping(head + (shape.schema.pairs ?? [])))
        }
    }

    static let all = [
        Schema(name: "list", title: "kubectl rollout-heal list -o json", shape: DiagnosisList.shape),
        Schema(name: "explain", title: "kubectl rollout-heal explain -o json", shape: ExplanationList.shape),
        Schema(name: "heal", title: "kubectl rollout-heal heal -o json, refresh -o json", shape: HealList.shape),
        Schema(name: "restart", title: "kubectl rollout-heal restart -o json", shape: RestartList.shape),
        Schema(name: "watch", title: "One line of kubectl rollout-heal watch -o json", shape: watchLine),
        Schema(name: "doctor", title: "kubectl rollout-heal doctor -o json", shape: CheckList.shape),
        Schema(name: "notification", title: "The body of a notification (--notify)", shape: NotifyMessage.shape),
        Schema(name: "version", title: "kubectl rollout-heal version -o json", shape: .object(VersionCommand.fields)),
    ]

    /// The names come from the fields; their shapes are declared here.
    private static let watchLine: Shape = {
        let shapes: [String: Shape] = [
            "ts": .time, "type": .word(Change.Kind.allCases.map(\.rawValue)), "diagnosis": .nullable(.diagnosis),
            "gate": .nullable(.gate), "action": .nullable(.word(Action.allCases.map(\.rawValue))),
            "by": .nullable(.word(Change.Remedy.allCases.map(\.rawValue))), "message": .text,
            "seconds": .nullable(.number), "evicted": .nullable(.number),
        ]
        func properties(_ fields: [Field<ChangeLine.Moment>], isAlways: Bool) -> [Shape.Property] {
            fields.map { .init(name: $0.name, shape: shapes[$0.name] ?? $0.shape, isAlways: isAlways) }
        }
        return .object(
            properties(ChangeLine.fields, isAlways: true) + properties(ChangeLine.recoveryFields, isAlways: false))
    }()
}

extension Shape {
    /// The shape in JSON Schema, draft 2020-12.
    var schema: YAMLNode {
        func type(_ name: String, _ more: [(key: String, value: YAMLNode)] = []) -> YAMLNode {
            YAMLNode(.mapping([("type", .text(name))] + more))
        }
        switch self {
        case .text: return type("string")
        case .time: return type("string", [("format", .text("date-time"))])
        case .number: return type("integer")
        case .flag: return type("boolean")
        case .word(let words): return type("string", [("enum", YAMLNode(.sequence(words.map { .text($0) })))])
        case .list(let items): return type("array", [("items", items.schema)])
        case .object(let properties):
            return type(
                "object",
                [
                    ("properties", YAMLNode(.mapping(properties.map { ($0.name, $0.shape.schema) }))),
                    ("required", YAMLNode(.sequence(properties.filter(\.isAlways).map { .text($0.name) }))),
                    ("additionalProperties", .flag(false)),
                ])
        case .nullable(let shape):
            return YAMLNode(
                .mapping(
                    (shape.schema.pairs ?? []).map { key, value in
                        switch key {
                        case "type": (key, YAMLNode(.sequence([value, .text("null")])))
                        case "enum": (key, YAMLNode(.sequence((value.items ?? []) + [.text(nil)])))
                        default: (key, value)
                        }
                    }))
        }
    }
}
