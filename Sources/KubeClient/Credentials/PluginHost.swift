package import KubeConfig

/// Runs credential plugins; passed in, so that tests start no process.
package struct PluginHost: Sendable {
    package typealias Run = @Sendable (PluginCall) async throws(PluginFailure) -> PluginResult

    /// Whether stdin is a terminal on which a plugin can prompt.
    package var isInputTerminal: Bool
    /// Runs a plugin until it exits; cancelling the task terminates the plugin.
    package var run: Run

    package init(isInputTerminal: Bool, run: @escaping Run) {
        self.isInputTerminal = isInputTerminal
        self.run = run
    }
}

/// One run of a plugin: everything that is passed to it.
package struct PluginCall: Sendable, Equatable {
    /// An absolute path.
    package var executable: String
    /// The plugin's `argv[0]`.
    package var name: String
    package var arguments: Secret<[String]>
    /// `NAME=value` entries with unique names.
    package var environment: Secret<[String]>
    /// Whether the plugin inherits our stdin; otherwise it reads `/dev/null`.
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
    /// -1 if a signal ended the plugin.
    package var exitCode: Int32
    /// The plugin's stdout.
    package var output: Secret<[UInt8]>

    package init(exitCode: Int32 = 0, output: Secret<[UInt8]>) {
        self.exitCode = exitCode
        self.output = output
    }
}

package enum PluginFailure: Error, Sendable, Equatable {
    /// The text of `errno`.
    case cannotStart(String)
    case outputTooLarge(limit: Int)
    case cancelled
    /// The plugin was started, but its exit was not observed.
    case lost
}
