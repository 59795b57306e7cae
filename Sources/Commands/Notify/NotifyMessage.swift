internal import Documents
internal import Formats
internal import Rollouts

/// The body of one notification.
struct NotifyMessage: Sendable, Equatable {
    /// Which cluster it is about.
    struct Place: Sendable, Equatable {
        var cluster: String
        /// For the command that is shown; nil in a pod.
        var context: String?
    }

    /// Maximum number of Rollouts in one message.
    static let mostItems = 100
    /// Maximum number of lines in a text for people.
    static let mostLines = 20
    private static let longestMessage = 300

    var place: Place
    /// The worst first.
    var notices: [Notice]
    var time: Timestamp
    /// The same for each try, so that a receiver can recognize one that it got twice.
    var id: String

    func body(for kind: NotifyTarget.Kind) -> [UInt8] {
        let node =
            switch kind {
            case .slack: YAMLNode(.mapping([("text", .text(slackText))]))
            case .json: document
            }
        return Array(node.json(pretty: false).utf8)
    }

    // MARK: JSON

    static let kind = "Notification"
    static let shape = Shape.document(
        kind,
        [
            .init(name: "id", shape: .text), .init(name: "time", shape: .time), .init(name: "cluster", shape: .text),
            .init(name: "omitted", shape: .number),
        ], items: .object(fields))

    typealias Item = (notice: Notice, place: Place)

    static let fields: [Field<Item>] = [
        Field("type", .word(Notice.Kind.allCases.map(\.rawValue))) { .text($0.notice.kind.rawValue) },
        Field("namespace", .text) { .text($0.notice.id.namespace) },
        Field("name", .text) { .text($0.notice.id.name) },
        Field("diagnosis", .nullable(.diagnosis)) { .text($0.notice.diagnosis?.rawValue) },
        Field("since", .nullable(.time)) { .text($0.notice.since?.rfc3339) },
        Field("message", .text) { .text($0.notice.message.cut(toBytes: 1024)) },
        Field("by", .nullable(.word(Change.Remedy.allCases.map(\.rawValue)))) {
            .text($0.notice.recovery?.by.rawValue)
        },
        Field("seconds", .nullable(.number)) { .number($0.notice.recovery?.duration.components.seconds) },
        Field("evicted", .nullable(.number)) { .number($0.notice.recovery?.evicted) },
        Field("command", .text) { .text($0.notice.command($0.place)) },
    ]

    private var document: YAMLNode {
        .document(
            Self.kind,
            [
                ("id", .text(id)), ("time", .text(time.rfc3339)), ("cluster", .text(place.cluster)),
                ("omitted", .number(Int64(max(0, notices.count - Self.mostItems)))),
            ], items: notices.prefix(Self.mostItems).map { .object(Self.fields, of: ($0, place)) })
    }

    // MARK: Text for people

    /// Slack's mrkdwn; short, and without mentions: what came from the cluster is escaped.
    var slackText: String {
        let head = "*rollout-heal* on \(Self.escaped(place.cluster)): \(counts)"
        let lines = notices.prefix(Self.mostLines).map { line($0) }
        let rest = notices.count - lines.count
        return ([head] + lines + (rest > 0 ? ["and \(rest) more: `kubectl rollout-heal list -A`"] : []))
            .joined(separator: "\n")
    }

    private var counts: String {
        let words: [(Notice.Kind, String)] = [
            (.gaveUp, "given up"), (.unreconciled, "not reconciled"), (.found, "in trouble"), (.recovered, "recovered"),
        ]
        return words.compactMap { kind, word in
            let count = notices.count { $0.kind == kind }
            return count == 0 ? nil : "\(count) \(word)"
        }.joined(separator: ", ")
    }

    private func line(_ notice: Notice) -> String {
        let word = notice.diagnosis.map { notice.kind == .recovered ? "" : " \($0.rawValue)" } ?? ""
        let since = notice.since.map { " since \($0.minute) UTC (\(HumanDuration.text(since: $0, now: time)))" } ?? ""
        let message = Self.escaped(notice.message.cut(toBytes: Self.longestMessage))
        let command = notice.kind == .recovered ? "" : "; `\(Self.escaped(notice.command(place)))`"
        return "*\(notice.kind.rawValue)* \(Self.escaped("\(notice.id.namespace)/\(notice.id.name)"))"
            + "\(word)\(since): \(message)\(command)"
    }

    /// Escapes what Slack gives a meaning to (its "Escaping text"), and keeps the text on one line.
    static func escaped(_ text: String) -> String {
        let safe = text.safeForTerminal
        return safe.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}

extension Notice {
    /// The command that shows more.
    fileprivate func command(_ place: NotifyMessage.Place) -> String {
        "kubectl rollout-heal explain \(id.name.quotedForShell) -n \(id.namespace.quotedForShell)"
            + (place.context.map { " --context \($0.quotedForShell)" } ?? "")
    }
}

extension Timestamp {
    /// `2026-03-01 12:00`
    fileprivate var minute: String { String(rfc3339.prefix(16)).replacing("T", with: " ") }
}
