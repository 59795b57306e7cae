internal import Documents
internal import RolloutHeal
internal import Rollouts

/// `-o json` of `doctor`.
enum CheckList {
    /// A check with the context of its cluster.
    typealias Item = (context: String?, check: Check)

    static let kind = "CheckList"
    static let shape = Shape.document(kind, items: .object(fields))

    static func node(_ results: [ClusterChecks]) -> YAMLNode {
        .document(
            kind,
            items: results.flatMap { result in
                result.checks.map { .object(fields, of: (result.context, $0)) }
            })
    }

    static let fields: [Field<Item>] = [
        Field(sometimes: "cluster", .text) { $0.context.map { .text($0) } },
        Field("check", .word(Check.Topic.allCases.map(\.rawValue))) { .text($0.check.topic.rawValue) },
        Field("subject") { .text($0.check.subject) },
        Field("status", .word(Check.Status.allCases.map(\.rawValue))) { .text($0.check.status.rawValue) },
        Field("message", .text) { .text($0.check.message) },
        Field("remedy") { .text($0.check.remedy) },
        Field(sometimes: "version", .text) { $0.check.version.map { .text($0.description) } },
        Field(sometimes: "faults", .list(.object(faultFields))) { item in
            item.check.version == nil ? nil : .list(item.check.faults, faultFields)
        },
    ]

    static let faultFields: [Field<KnownFault>] = [
        Field("name", .text) { .text($0.name) },
        Field("summary", .text) { .text($0.summary) },
        Field("help", .text) { .text($0.help) },
        Field("fixedIn", .text) { .text($0.fixedIn.description) },
        Field("links", .list(.text)) { YAMLNode(.sequence($0.links.map { .text($0) })) },
    ]
}
