import Foundation

/// A running plugin with its output so far, and access to its process.
package final class RunningPlugin {
    package struct Timeout: Error, CustomStringConvertible {
        package var description: String

        package init(description: String) {
            self.description = description
        }
    }

    private let process = Process()
    private let folder: URL

    /// - Parameter environment: added to PATH and a HOME that does not exist.
    package init(
        _ command: String, _ arguments: [String], environment: [String: String], in network: NetworkNamespace? = nil
    ) throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let words = network?.running([command] + arguments) ?? [command] + arguments
        process.executableURL = URL(fileURLWithPath: words[0])
        process.arguments = Array(words.dropFirst())
        process.environment = PluginProcess.environment(environment)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try file("out")
        process.standardError = try file("err")
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: folder)
    }

    private func file(_ name: String) throws -> FileHandle {
        let url = folder.appendingPathComponent(name)
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    package var processIdentifier: Int32 { process.processIdentifier }
    package var output: String { text("out") }
    package var errors: String { text("err") }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }

    package func signal(_ number: Int32) {
        kill(process.processIdentifier, number)
    }

    /// The JSON lines on stdout so far.
    package var changes: [[String: Any]] {
        output.split(separator: "\n").compactMap {
            try? JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any]
        }
    }

    /// The names of the Rollouts in changes of one type.
    package func names(_ type: String) -> [String] {
        changes.filter { $0["type"] as? String == type }.compactMap { $0["name"] as? String }
    }

    /// The namespaces of the Rollouts in changes of one type.
    package func namespaces(_ type: String) -> [String] {
        changes.filter { $0["type"] as? String == type }.compactMap { $0["namespace"] as? String }
    }

    /// Waits until `condition` holds; throws with the output if it does not in time.
    package func wait(
        _ what: String, seconds: Double = 90, until condition: () throws -> Bool
    ) async throws {
        let end = Date().addingTimeInterval(seconds)
        while try !condition() {
            guard Date() < end, process.isRunning else {
                if try condition() { return }
                throw Timeout(description: "not seen: \(what)\n\(output)\n\(errors)")
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Waits for the process to end; returns its exit status, or 128 plus the signal that ended it.
    package func end(seconds: Double = 30) async throws -> Int32 {
        let end = Date().addingTimeInterval(seconds)
        while process.isRunning {
            guard Date() < end else { throw Timeout(description: "still running\n\(output)\n\(errors)") }
            try await Task.sleep(for: .milliseconds(10))
        }
        return process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus
    }
}
