import Foundation
import Subprocess

/// A program that has ended, with its output.
package struct PluginProcess: Sendable {
    package var status: Int32
    package var output: String
    package var errors: String

    /// The environment of a test program: minimal, so that the machine's settings do not matter, with `more` taking
    /// precedence.
    static func environment(_ more: [String: String]) -> [String: String] {
        let given = ProcessInfo.processInfo.environment.filter {
            ["PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key)
        }
        return ["HOME": "/nonexistent", "TERM": "dumb"].merging(given) { $1 }.merging(more) { $1 }
    }

    /// Runs `command` (a name on PATH, or a path) for at most `seconds`.
    ///
    /// - Parameter environment: added to PATH and a HOME that does not exist.
    package static func run(
        _ command: String, _ arguments: [String], environment: [String: String] = [:], input: String = "",
        seconds: Int = 120
    ) async throws -> PluginProcess {
        let variables = Dictionary(
            uniqueKeysWithValues: Self.environment(environment).compactMap { pair in
                Environment.Key(rawValue: pair.key).map { ($0, pair.value) }
            })
        let result = try await Subprocess.run(
            .name("timeout"), arguments: Arguments(["--kill-after=5", "\(seconds)", command] + arguments),
            environment: .custom(variables), input: .string(input), output: .string(limit: 64 << 20),
            error: .string(limit: 1 << 20))
        let status: Int32 =
            switch result.terminationStatus {
            case .exited(let code): Int32(code)
            case .signaled(let signal): 128 + Int32(signal)
            }
        return PluginProcess(status: status, output: result.standardOutput, errors: result.standardError)
    }
}
