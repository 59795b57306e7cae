internal import HTTPTransport
internal import KubeClient
internal import KubeConfig
internal import Platform

/// Everything outside the program: environment, time, terminal and network, in one value that tests replace.
struct World: Sendable {
    var host: HostEnvironment
    var time: TimeSource
    var console: Console
    var makeTransport: @Sendable (TransportConfiguration) -> any HTTPTransport
    /// Writes to an existing file; does nothing if there is none.
    var writeIfPresent: @Sendable (_ path: String, _ bytes: [UInt8]) -> Void
    /// Runs a credential plugin.
    var runPlugin: PluginHost.Run = { call async throws(PluginFailure) in try await PluginProcess.run(call) }

    /// Waits between two updates of a progress line: in real time, because a person watches it.
    var beat: @Sendable () async throws -> Void = { try await Task.sleep(for: ProgressLine.interval) }

    /// The name of this process among its replicas: the name of the pod or host, and a random number.
    var instance: String = "rollout-heal"

    static func live() -> World {
        _ = TimeSource.system.uptime()  // counts from its first use
        let host = HostEnvironment.process
        // libcurl would write the connections' secrets there; credential plugins still get the variable.
        ThisProcess.unsetVariable("SSLKEYLOGFILE")
        return World(
            host: host, time: .system, console: .terminal,
            makeTransport: { CurlTransport($0) },
            writeIfPresent: { path, bytes in
                _ = try? Descriptor(overwriting: path).write(bytes[...])
            },
            instance: "\(ThisProcess.hostName ?? "unknown")_\(String(UInt64.random(in: 0...UInt64.max), radix: 16))")
    }
}

extension TimeSource {
    static let system = TimeSource(
        wallClock: { ThisProcess.wallClock },
        // CLOCK_BOOTTIME: advances while the process is stopped or the machine is suspended.
        uptime: {
            let now = ContinuousClock.now
            return start.duration(to: now)
        },
        sleep: { duration throws(CancellationError) in
            do {
                try await Task.sleep(for: duration)
            } catch {
                throw CancellationError()
            }
        },
        random: { Double.random(in: 0..<1) })
}

private let start = ContinuousClock.now

/// Exits immediately: nothing is buffered, and exit handlers of libraries would race with the transport's thread.
func exitProcess(_ status: Int32) -> Never {
    Screen.close()
    ThisProcess.exit(status)
}
