internal import KubeConfig
internal import Subprocess

#if canImport(System)
    internal import System
#else
    internal import SystemPackage
#endif

/// Runs a plugin as a child process with our stderr and working directory, without a shell or other open files.
package enum PluginProcess {
    /// The limit for stdout, in bytes; a credential with a certificate chain takes a few KiB.
    package static let largestOutput = 1 << 20

    /// SIGINT first, as from a terminal; SIGTERM after 500 ms; SIGKILL after another 2 s.
    private static let teardown: [TeardownStep] = [
        .send(signal: .interrupt, allowedDurationToNextStep: .milliseconds(500)),
        .send(signal: .terminate, allowedDurationToNextStep: .seconds(2)),
    ]

    /// Runs a plugin until it exits.
    ///
    /// - Throws: ``PluginFailure`` if it cannot be started, writes more than ``largestOutput``, or is cancelled.
    package static func run(_ call: PluginCall) async throws(PluginFailure) -> PluginResult {
        let words = [call.executable, call.name] + call.arguments.exposed + call.environment.exposed
        if words.contains(where: { $0.utf8.contains(0) }) { throw .cannotStart("invalid argument") }
        do {
            return call.sharesInput
                ? try await run(call, input: .currentStandardInput) : try await run(call, input: .none)
        } catch let failure as PluginFailure {
            throw failure
        } catch {
            if Task.isCancelled { throw .cancelled }
            throw failure(of: error)
        }
    }

    private static func run(_ call: PluginCall, input: some InputProtocol) async throws -> PluginResult {
        var options = PlatformOptions()
        options.teardownSequence = teardown
        // swift-subprocess passes the bytes to `strdup` unchanged, so each entry needs its own NUL.
        let variables = call.environment.exposed.map { Array($0.utf8) + [0] }
        let result = try await Subprocess.run(
            .path(FilePath(call.executable)),
            arguments: Arguments(executablePathOverride: call.name, remainingValues: call.arguments.exposed),
            environment: .custom(variables), platformOptions: options,
            input: input, output: .bytes(limit: largestOutput), error: .currentStandardError)
        if Task.isCancelled { throw PluginFailure.cancelled }
        let exitCode: Int32 = if case .exited(let code) = result.terminationStatus { code } else { -1 }
        return PluginResult(exitCode: exitCode, output: Secret(result.standardOutput))
    }

    /// Maps an error of swift-subprocess; its description is not used, because it may quote the environment.
    private static func failure(of error: any Error) -> PluginFailure {
        guard let error = error as? SubprocessError else { return .lost }
        switch error.code {
        case .outputLimitExceeded: return .outputTooLarge(limit: largestOutput)
        case .executableNotFound, .spawnFailed:
            return .cannotStart((error.underlyingError ?? .noSuchFileOrDirectory).description.lowercased())
        default: return .lost
        }
    }
}

extension PluginHost {
    /// Runs plugins as child processes.
    package static func process(isInputTerminal: Bool) -> PluginHost {
        PluginHost(isInputTerminal: isInputTerminal) { call async throws(PluginFailure) in
            try await PluginProcess.run(call)
        }
    }
}
