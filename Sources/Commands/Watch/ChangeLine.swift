internal import Formats
internal import RolloutHeal
internal import Rollouts
internal import Documents

/// One change as a line of text, or as JSON whose field names are stable.
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

    /// A short form for the page, with the time of day in UTC and the gate in place of the diagnosis.
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
        Field("action") { .text($0.change.action?.rawValue) },
        Field("message") { .text($0.change.message) },
    ]

    /// Further fields of a recovery; null if unknown.
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
