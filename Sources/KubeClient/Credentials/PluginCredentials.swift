internal import KubeConfig

/// The credential of one exec plugin: run when it is needed, once for all who need it then, and kept while it is good.
actor PluginCredentials {
    private let plugin: ClusterConnection.ExecPlugin
    private let host: PluginHost
    private let environment: HostEnvironment
    private let time: TimeSource
    private let log: RequestLog
    private let runs = SharedRun<(PluginCredential, number: Int)>()
    private var current: PluginCredential?
    /// Seconds since 1970 at which ``current`` came.
    private var obtainedAt: Int64 = 0
    /// Counts the credentials there have been.
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

    /// A credential, and its number for ``refuse(_:)``.
    func credential() async throws(KubeError) -> (PluginCredential, number: Int) {
        if let current, current.expiresAt.map({ time.wallClock() <= $0 - leeway(before: $0) }) ?? true {
            return (current, number)
        }
        return try await runs.result { () async throws(KubeError) in try await renewed() }
    }

    /// Seconds before its end at which a credential is replaced: client-go gives none, but who runs for days would meet a
    /// 401 each time. A credential of a few seconds is used to its end.
    private func leeway(before expiry: Int64) -> Int64 {
        let lifetime = expiry.subtractingReportingOverflow(obtainedAt).partialValue
        return lifetime >= 60 ? 10 : 0
    }

    /// The server did not take credential `number`: unless there has been another since, the plugin is asked again.
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
