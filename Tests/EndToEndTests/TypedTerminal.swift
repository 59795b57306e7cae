import Foundation
import TestSupport
import Testing

/// A shell line at a terminal that util-linux's `script` provides, with keys that are typed at it.
final class TypedTerminal {
    private let plugin: RunningPlugin
    private let keys: FileHandle
    private let folder: URL

    /// - Parameter line: with `$plugin` as the binary.
    init(_ line: String, columns: Int = 80, rows: Int = 24, kubeconfig: String) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let pipe = folder.appendingPathComponent("keys").path
        guard unsafe mkfifo(pipe, 0o600) == 0, let handle = FileHandle(forUpdatingAtPath: pipe) else {
            throw RunningPlugin.Timeout(description: "no pipe for keys")
        }
        keys = handle
        let setUp = "stty rows \(rows) cols \(columns); stty -g"
        plugin = try RunningPlugin(
            "/bin/bash", ["-c", "exec script -qefc '\(setUp); \(line); echo status $?; stty -g' /dev/null <\(pipe)"],
            environment: ["KUBECONFIG": kubeconfig, "plugin": TestCluster.binary, "TERM": "xterm"])
    }

    deinit {
        try? keys.close()
        try? FileManager.default.removeItem(at: folder)
    }

    func type(_ text: String) throws {
        try keys.write(contentsOf: Data(text.utf8))
    }

    var output: String { plugin.output }

    /// The lines of the last frame that is complete, without colours.
    var page: [String] {
        let frames = output.components(separatedBy: "\u{1B}[H").dropFirst()
        guard let last = frames.last(where: { $0.contains("\u{1B}[J") }) else { return [] }
        return last.components(separatedBy: "\u{1B}[J")[0].components(separatedBy: "\r\n").map {
            $0.replacing(#/\u{1B}\[[0-9;]*[mK]/#, with: "")
        }
    }

    /// Waits until the page has a line that contains each of the texts.
    func shows(_ texts: String..., sourceLocation: SourceLocation = #_sourceLocation) async throws {
        do {
            try await plugin.wait(texts.joined(separator: ", "), seconds: 60) {
                let page = page
                return texts.allSatisfy { text in page.contains { $0.contains(text) } }
            }
        } catch {
            Issue.record("not shown: \(texts)\n\(page.joined(separator: "\n"))", sourceLocation: sourceLocation)
            throw error
        }
    }

    /// Waits for the end; gives what is on the terminal after the page.
    func end() async throws -> String {
        _ = try await plugin.end()
        return output.components(separatedBy: "\u{1B}[?1049l").last ?? ""
    }

    /// The terminal has the settings that it had before.
    var isRestored: Bool {
        let settings = output.components(separatedBy: "\r\n").filter { $0.contains(#/^[0-9a-f]+(:[0-9a-f]+){10,}$/#) }
        return settings.count == 2 && settings[0] == settings[1]
    }
}
