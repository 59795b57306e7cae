internal import Formats
internal import Logging
internal import Rollouts
internal import Documents

/// Writes a log as lines, `2026-03-01T12:00:00Z WARNING message key=value…`, or as one JSON object per line.
struct LineLogHandler: LogHandler {
    enum Format: String, CaseIterable {
        case text, json
    }

    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info
    let format: Format
    /// The current time, written with each line.
    let now: @Sendable () -> Timestamp
    let write: @Sendable (String) -> Void

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
        let level = event.level.rawValue
        switch format {
        case .text:
            let shown = fields.map { " \($0.key)=\(quoted("\($0.value)"))" }.joined()
            write("\(now().rfc3339) \(level.uppercased()) \(message("\(event.message)"))\(shown)\n")
        case .json:
            let members: [(String, YAMLNode)] =
                [("ts", .text(now().rfc3339)), ("level", .text(level)), ("message", .text("\(event.message)"))]
                + fields.map { ($0.key, .text("\($0.value)")) }
            write(YAMLNode(.mapping(members.map { ($0.0, $0.1) })).json(pretty: false) + "\n")
        }
    }

    /// Quotes a message that looks as if it had fields, because it may contain text from a cluster.
    private func message(_ text: String) -> String {
        text.contains("=") ? quoted(text) : text.safeForTerminal
    }

    private func quoted(_ text: String) -> String {
        let safe = text.safeForTerminal
        return safe.isEmpty || safe.contains(" ") || safe.contains("\"")
            ? "\"\(safe.replacing("\"", with: "'"))\"" : safe
    }
}

extension Logger {
    /// Logs a change as one line.
    func log(_ change: Change) {
        var metadata: Metadata = ["type": "\(change.kind.rawValue)"]
        if let id = change.id {
            metadata["namespace"] = "\(id.namespace)"
            metadata["name"] = "\(id.name)"
        }
        if let diagnosis = change.diagnosis { metadata["diagnosis"] = "\(diagnosis.rawValue)" }
        if let action = change.action { metadata["action"] = "\(action.rawValue)" }
        if let gate = change.gate { metadata["gate"] = "\(gate.rawValue)" }
        if let attempt = change.attempt { metadata["attempt"] = "\(attempt)" }
        if let recovery = change.recovery {
            metadata["seconds"] = "\(recovery.duration.components.seconds)"
            metadata["by"] = "\(recovery.by.rawValue)"
            if let evicted = recovery.evicted { metadata["evicted"] = "\(evicted)" }
        }
        log(level: change.level, "\(change.message)", metadata: metadata)
    }
}

extension Change {
    fileprivate var level: Logger.Level {
        switch kind {
        case .found, .refreshed, .restarted, .skipped, .recovered, .deleted: .info
        case .error, .cancelled: .warning
        case .gaveUp: .error
        }
    }
}
