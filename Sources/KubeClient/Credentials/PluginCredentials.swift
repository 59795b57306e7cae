internal import KubeConfig

/// Runs one exec plugin on demand, shares each run among concurrent callers, and caches the credential.
actor PluginCredentials {
    private let plugin: ClusterConnection.ExecPlugin
    private let host: PluginHost
    private let environment: HostEnvironment
    private let time: TimeSource
    private let log: RequestLog
    private let runs = SharedRun<(PluginCredential, number: Int)>()
    private var current: PluginCredential?
    /// When ``current`` was obtained, in seconds since 1970.
    private var obtainedAt: Int64 = 0
    /// The number of credentials obtained so far; it identifies the current one.
    private var number = 0

    init(
        _ plugin: ClusterConnection.ExecPlugin, host: PluginHost, environment: HostEnvironment, time: TimeSource,
        log: RequestLog
    ) {
        self.plugin = plugin
        self.host = host
        self.environment = environment
        self.time = time
        self.log = log
    }

    /// Returns a valid credential, and its number for ``refuse(_:)``.
    ///
    /// - Throws: ``KubeError/credential(reason:)`` if the plugin fails, ``KubeError/cancelled`` if the task is
    ///   cancelled.
    func credential() async throws(KubeError) -> (PluginCredential, number: Int) {
        if let current, current.expiresAt.map({ time.wallClock() <= $0 - leeway(before: $0) }) ?? true {
            return (current, number)
        }
        return try await runs.result { () async throws(KubeError) in try await renewed() }
    }

    /// Seconds before expiry at which a credential is renewed: 10, or 0 if it lives less than a minute.
    ///
    /// client-go renews at expiry, so a long-running process gets a 401 each time.
    private func leeway(before expiry: Int64) -> Int64 {
        let lifetime = expiry.subtractingReportingOverflow(obtainedAt).partialValue
        return lifetime >= 60 ? 10 : 0
    }

    /// Discards credential `number`, which the server rejected, unless a newer one has replaced it.
    func refuse(_ number: Int) {
        if number == self.number { current = nil }
    }

    private func renewed() async throws(KubeError) -> (PluginCredential, number: Int) {
        let call: PluginCall
        do throws(ExecPluginError) {
            call = try PluginCall(plugin, isInputTerminal: host.isInputTerminal, environment: environment)
        } catch {
            throw .credential(reason: error.message)
        }
        let result = try await run(call)
        do throws(ExecPluginError) {
            guard result.exitCode == 0 else { throw .exited(command: plugin.command, code: result.exitCode) }
            let credential = try PluginCredential(result.output.exposed, apiVersion: plugin.apiVersion)
            current = credential
            obtainedAt = time.wallClock()
            number += 1
            return (credential, number)
        } catch {
            throw .credential(reason: error.message)
        }
    }

    private func run(_ call: PluginCall) async throws(KubeError) -> PluginResult {
        let start = time.uptime()
        do throws(PluginFailure) {
            let result = try await host.run(call)
            log.plugin(plugin.command, exitCode: result.exitCode, took: time.uptime() - start)
            return result
        } catch {
            let reason: ExecPluginError
            switch error {
            case .cancelled: throw .cancelled
            case .cannotStart(let words): reason = .cannotStart(path: call.executable, reason: words)
            case .outputTooLarge(let limit): reason = .outputTooLarge(command: plugin.command, limit: limit)
            case .lost: reason = .lost(command: plugin.command)
            }
            throw .credential(reason: reason.message)
        }
    }
}
