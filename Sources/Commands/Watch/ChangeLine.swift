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
            change.diagnosis.map { $0.rawValue + (change.gate.map { " (\($0.rawValue))" } ?? "") }
            ?? change.gate?.rawValue
        let subject = [place, word].compactMap { $0 }.map { $0.safeForTerminal + "  " }.joined()
        return
            "\(moment.rfc3339)  \(style.paint(kind, color(of: change.kind)))  \(subject)\(change.message.safeForTerminal)"
    }

    /// For a page that has little room: the time of day in UTC, and what a row does not say itself.
    static func short(_ change: Change, at moment: Timestamp) -> String {
        let time = moment.rfc3339.dropFirst(11).dropLast()
        let place = change.id.map { "\($0.namespace)/\($0.name)  " } ?? ""
        let word = (change.gate?.rawValue ?? change.diagnosis?.rawValue).map { "\($0): " } ?? ""
        return "\(time) \(change.kind.rawValue.padded(to: 9)) " + (place + word + change.message).safeForTerminal
    }

    static func json(_ change: Change, at moment: Timestamp) -> String {
        YAMLNode(
            .mapping(
                [
                    ("ts", .text(moment.rfc3339)),
                    ("type", .text(change.kind.rawValue)),
                    ("namespace", .text(change.id?.namespace)),
                    ("name", .text(change.id?.name)),
                    ("diagnosis", .text(change.diagnosis?.rawValue)),
                    ("gate", .text(change.gate?.rawValue)),
                    ("message", .text(change.message)),
                ] + outcome(of: change))
        ).json(pretty: false)
    }

    /// What a recovery has besides: null where nobody knows.
    private static func outcome(of change: Change) -> [(String, YAMLNode)] {
        guard change.kind == .recovered else { return [] }
        return [
            ("by", .text(change.by?.rawValue)), ("seconds", .number(change.seconds)),
            ("evicted", .number(change.evicted)),
        ]
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
