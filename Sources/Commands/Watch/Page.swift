internal import Formats
internal import KubeClient
internal import Synchronization

/// The latest lines reported while ``Screen`` has the terminal: changes, and what would otherwise go to stderr.
final class RecentLines: Sendable {
    private static let limit = 50

    private let state = Mutex<[String]>([])

    var lines: [String] { state.withLock { $0 } }

    /// - Parameter moment: printed before each line, as the time of day.
    func add(_ text: String, at moment: Timestamp? = nil) {
        let time = moment.map { $0.timeOfDay + " " } ?? ""
        state.withLock { lines in
            lines += text.split(whereSeparator: \.isNewline).map { time + String($0).safeForTerminal }
            lines.removeFirst(max(0, lines.count - Self.limit))
        }
    }
}

extension World {
    /// A world for use with the page: output to stderr is added to `lines`, and a credential plugin that may prompt the
    /// user gets the terminal.
    func around(_ lines: RecentLines) -> World {
        var world = self
        world.console.err = { [err = console.err] text in
            if Screen.isShown { lines.add(text) } else { err(text) }
        }
        world.runPlugin = { [runPlugin] call async throws(PluginFailure) in
            guard call.sharesInput else { return try await runPlugin(call) }
            return try await Screen.lent { () async throws(PluginFailure) in try await runPlugin(call) }
        }
        return world
    }
}

extension Timestamp {
    /// `12:00:00`, in UTC.
    var timeOfDay: String { String(rfc3339.dropFirst(11).dropLast()) }
}
