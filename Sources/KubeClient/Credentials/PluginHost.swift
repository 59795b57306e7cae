package import KubeConfig

/// Where credential plugins run: passed in, so that tests need no process.
package struct PluginHost: Sendable {
    package typealias Run = @Sendable (PluginCall) async throws(PluginFailure) -> PluginResult

    /// Whether a plugin can talk to a person on stdin.
    package var isInputTerminal: Bool
    /// Runs a plugin to its end. Cancelling the task ends the plugin too.
    package var run: Run

    package init(isInputTerminal: Bool, run: @escaping Run) {
        self.isInputTerminal = isInputTerminal
        self.run = run
    }
}

/// One run of a plugin, complete: what is not in here is not passed on.
package struct PluginCall: Sendable, Equatable {
    /// Absolute.
    package var executable: String
    /// The plugin's name for itself, `argv[0]`.
    package var name: String
    package var arguments: Secret<[String]>
    /// `NAME=value`, each name once.
    package var environment: Secret<[String]>
    /// Whether the plugin gets our stdin, or `/dev/null`.
    package var sharesInput: Bool

    package init(
        executable: String, name: String, arguments: Secret<[String]>, environment: Secret<[String]>, sharesInput: Bool
    ) {
        self.executable = executable
        self.name = name
        self.arguments = arguments
        self.environment = environment
        self.sharesInput = sharesInput
    }
}

package struct PluginResult: Sendable, Equatable {
    /// -1 for a plugin that a signal ended.
    package var exitCode: Int32
    /// What it wrote to stdout.
    package var output: Secret<[UInt8]>

    package init(exitCode: Int32 = 0, output: Secret<[UInt8]>) {
        self.exitCode = exitCode
        self.output = output
    }
}

package enum PluginFailure: Error, Sendable, Equatable {
    /// In `errno`'s words.
    case cannotStart(String)
    case outputTooLarge(limit: Int)
    case cancelled
    /// It ran, and no end of it was seen.
    case lost
}
