import Foundation
import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport

let v1 = "client.authentication.k8s.io/v1"

extension ClusterConnection.ExecPlugin {
    static func fixture(
        command: String = "/bin/plugin", arguments: [String] = [], environment: [(name: String, value: String)] = [],
        mode: InteractiveMode = .never, installHint: String? = nil, clusterInfo: String? = nil
    ) -> Self {
        Self(
            apiVersion: v1, command: command, arguments: arguments, environment: environment, interactiveMode: mode,
            installHint: installHint, clusterInfo: clusterInfo)
    }
}

extension HostEnvironment {
    /// An environment in which exactly the named files are executable.
    static func fixture(
        executables: Set<String> = ["/bin/plugin"], variables: [String: String] = ["PATH": "/bin"]
    ) -> HostEnvironment {
        HostEnvironment(
            variables: variables, workingDirectory: "/work",
            readFile: { _ throws(FileError) in throw FileError(isMissing: true, reason: "no such file or directory") },
            checkExecutable: { path throws(FileError) in
                guard !executables.contains(path) else { return }
                throw FileError(isMissing: true, reason: "no such file or directory")
            })
    }
}

/// Returns the next output for each run; the last one repeats.
final class PluginScript: Sendable {
    private let outputs: Mutex<[PluginResult]>
    private let recorded = Mutex<[PluginCall]>([])

    init(_ outputs: [PluginResult]) {
        self.outputs = Mutex(outputs)
    }

    convenience init(tokens: [String], expiry: String? = nil) {
        self.init(tokens.map { .answer(status: ["token": $0, "expirationTimestamp": expiry]) })
    }

    var calls: [PluginCall] { recorded.withLock { $0 } }

    var host: PluginHost {
        PluginHost(isInputTerminal: false) { call async throws(PluginFailure) in
            self.recorded.withLock { $0.append(call) }
            return self.outputs.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
        }
    }
}

extension PluginResult {
    static func answer(status: [String: String?]) -> PluginResult {
        let members = status.compactMap { key, value in value.map { "\"\(key)\":\"\($0)\"" } }.joined(separator: ",")
        return .text(#"{"kind":"ExecCredential","apiVersion":"\#(v1)","status":{\#(members)}}"#)
    }

    static func text(_ text: String) -> PluginResult {
        PluginResult(output: Secret(Array(text.utf8)))
    }
}

/// A manual clock.
final class PluginClock: Sendable {
    private let now: Mutex<Int64>

    init(_ now: Int64 = ObjectFixture.now) {
        self.now = Mutex(now)
    }

    func set(_ time: Int64) { now.withLock { $0 = time } }

    var source: TimeSource {
        TimeSource(
            wallClock: { self.now.withLock { $0 } }, uptime: { .zero },
            sleep: { _ throws(CancellationError) in }, random: { 0 })
    }
}

/// An object that serves as the response to any request.
let someObject = #"{"kind":"ReplicaSet","metadata":{"name":"web"}}"#
let replicaSets = APIResource(group: "apps", version: "v1", plural: "replicasets")

extension KubeClient {
    /// A client whose credential comes from `plugin`.
    static func fixture(
        _ plugin: ClusterConnection.ExecPlugin = .fixture(), server: String = "https://h",
        tls: ClusterConnection.TLS = .init(), host: PluginHost, environment: HostEnvironment = .fixture(),
        time: TimeSource = PluginClock().source, log: RequestLog = .silent,
        makeTransport: @escaping @Sendable (TransportConfiguration) -> any HTTPTransport
    ) throws -> KubeClient {
        let connection = ClusterConnection(
            clusterName: "cl", server: try ServerURL(parsing: server), tls: tls, credential: .exec(plugin))
        return KubeClient(
            connection: connection, makeTransport: makeTransport, environment: environment, time: time,
            userAgent: "test", plugins: host, log: log)
    }
}

/// Returns the error of `work`, or nil.
func kubeError(_ work: () async throws(KubeError) -> [UInt8]) async -> KubeError? {
    do throws(KubeError) {
        _ = try await work()
        return nil
    } catch {
        return error
    }
}
