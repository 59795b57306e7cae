internal import Formats
internal import RolloutHeal
internal import Rollouts
internal import Documents

/// One change as a line: for people, or as JSON for programs, whose names are a promise.
enum ChangeLine {
    static func text(_ change: Change, at moment: Timestamp, style: Style) -> String {
        let kind = change.kind.rawValue.padded(to: 9)
        let place = change.id.map { "\($0.namespace)/\($0.name)" }
        let word =
            change.diagnosis?.word(heldBy: change.gate) ?? change.gate?.rawValue
        let subject = [place, word].compactMap { $0 }.map { $0.safeForTerminal + "  " }.joined()
        return
            "\(moment.rfc3339)  \(style.paint(kind, color(of: change.kind)))  \(subject)\(change.message.safeForTerminal)"
    }

    /// For a page that has little room: the time of day in UTC, and what a row does not say itself.
    static func short(_ change: Change, at moment: Timestamp) -> String {
        let place = change.id.map { "\($0.namespace)/\($0.name)  " } ?? ""
        let word = (change.gate?.rawValue ?? change.diagnosis?.rawValue).map { "\($0): " } ?? ""
        return "\(moment.timeOfDay) \(change.kind.rawValue.padded(to: 9)) "
            + (place + word + change.message).safeForTerminal
    }

    typealias Moment = (change: Change, time: Timestamp)

    static let fields: [Field<Moment>] = [
        Field("ts") { .text($0.time.rfc3339) },
        Field("type") { .text($0.change.kind.rawValue) },
        Field("namespace") { .text($0.change.id?.namespace) },
        Field("name") { .text($0.change.id?.name) },
        Field("diagnosis") { .text($0.change.diagnosis?.rawValue) },
        Field("gate") { .text($0.change.gate?.rawValue) },
        Field("message") { .text($0.change.message) },
    ]

    /// What a recovery has besides: null where nobody knows.
    static let recoveryFields: [Field<Moment>] = [
        Field("by") { .text($0.change.recovery?.by.rawValue) },
        Field("seconds") { .number($0.change.recovery?.duration.components.seconds) },
        Field("evicted") { .number($0.change.recovery?.evicted) },
    ]

    static func json(_ change: Change, at moment: Timestamp) -> String {
        let fields = change.kind == .recovered ? fields + recoveryFields : fields
        return YAMLNode.object(fields, of: (change, moment)).json(pretty: false)
    }

    static func color(of kind: Change.Kind) -> Style.Color? {
        switch kind {
        case .found, .error, .gaveUp: .red
        case .recovered: .green
        case .refreshed, .restarted: .cyan
        case .skipped, .cancelled: .yellow
        case .deleted: nil
        }
    }
}
