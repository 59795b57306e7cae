import Foundation
import TestSupport
import Testing

/// What one-shot commands make of networks and servers that fail: an end in time with the status for it, and never a second
/// restart.
///
/// The same under a watch is in ``WatchFaultTests``; what an administrator does meanwhile is in ``ChangedRulesTests``.
@Suite(.onCluster, .inTurn)
struct FaultMatrixTests {
    private enum Fault: String, CaseIterable {
        case refused, silent, partitioned, serverStopped, etcdStopped

        /// What the command says of it.
        var words: String {
            switch self {
            case .refused: "Unable to connect to the server"
            case .silent, .partitioned, .serverStopped: "timed out|Unable to connect"
            // The API server answers for etcd, or is silent as long.
            case .etcdStopped: "Error from server|timed out|Unable to connect"
            }
        }

        func begin(_ cluster: TestCluster, _ relay: Relay, _ network: NetworkNamespace?) async throws {
            switch self {
            case .partitioned: try await network?.setLink(up: false)
            case .refused: relay.mode = .refusing
            case .silent: relay.mode = .frozen
            case .serverStopped: kill(try cluster.process("kube-apiserver"), SIGSTOP)
            case .etcdStopped: kill(try cluster.process("etcd"), SIGSTOP)
            }
        }

        func end(_ cluster: TestCluster, _ relay: Relay, _ network: NetworkNamespace?) async throws {
            relay.mode = .passing
            try await network?.setLink(up: true)
            kill(try cluster.process("etcd"), SIGCONT)
            kill(try cluster.process("kube-apiserver"), SIGCONT)
        }
    }

    private static let commands = [["list", "--fresh"], ["restart"], ["restart", "--wait", "--timeout", "20s"]]

    private func run(
        _ cluster: TestCluster, _ relay: Relay, in network: NetworkNamespace? = nil, _ words: [String],
        _ namespace: String
    ) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary,
            words + [
                "-n", namespace, "--request-timeout", "3s", "--context", "healer", "--server",
                "https://127.0.0.1:\(relay.port)",
            ], environment: ["KUBECONFIG": cluster.kubeconfig], in: network)
    }

    private func store(_ cluster: TestCluster, _ prefix: String) async throws -> String {
        let namespace = try await cluster.makeNamespace(prefix)
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        return namespace
    }

    @Test func whatAFaultKeepsFromHappeningHappensOnceAfterIt() async throws {
        try await TestCluster.own { cluster in
            let network = NetworkNamespace.isPossible ? try await NetworkNamespace() : nil
            let relay = try Relay(to: cluster.port, in: network)
            for fault in Fault.allCases where fault != .partitioned || network != nil {
                for words in Self.commands {
                    let cell = "\(fault) x \(words.joined(separator: " "))"
                    let namespace = try await store(cluster, "matrix")
                    try await fault.begin(cluster, relay, network)
                    let faulty = try run(cluster, relay, in: network, words, namespace)
                    let status = try await faulty.end(seconds: 15)
                    try await fault.end(cluster, relay, network)
                    #expect(status == 1, "\(cell): \(faulty.errors)")
                    #expect(faulty.errors.contains(try Regex(fault.words)), "\(cell): \(faulty.errors)")
                    #expect(faulty.output.isEmpty, "\(cell)")

                    let after = try run(cluster, relay, in: network, ["restart"], namespace)
                    #expect(try await after.end(seconds: 40) == 0, "\(cell): \(after.errors)")
                    let again = try run(cluster, relay, in: network, ["restart"], namespace)
                    #expect(try await again.end(seconds: 40) == 0, "\(cell): \(again.errors)")
                    #expect(try cluster.patches(in: namespace) == [200], "\(cell)")
                }
            }
        }
    }

    /// The connection breaks at every moment of a restart, until it has been whole once.
    @Test func aRestartThatIsCutOffAnywhereIsMadeOnce() async throws {
        let cluster = try TestCluster()
        let relay = try Relay(to: cluster.port)
        for milliseconds in stride(from: 20, through: 200, by: 20) {
            let namespace = try await store(cluster, "cut")
            let restart = try run(cluster, relay, ["restart"], namespace)
            try await Task.sleep(for: .milliseconds(milliseconds))
            relay.cut()
            let status = try await restart.end(seconds: 30)
            #expect(status == 0, "cut after \(milliseconds) ms: \(restart.errors)")
            #expect(try cluster.patches(in: namespace).filter { $0 == 200 }.count == 1)
        }
    }

    @Test(arguments: [3600, -3600])
    func anHourOfWrongClockChangesNothing(offset: Int) async throws {
        let cluster = try TestCluster()
        let namespace = try await store(cluster, "clock")
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        // Not libfaketime: a Swift program that it is preloaded into finds no arguments.
        let source = """
            #include <sys/time.h>
            #include <time.h>
            time_t time(time_t *given) {
                struct timeval now;
                gettimeofday(&now, 0);
                if (given) *given = now.tv_sec + (\(offset));
                return now.tv_sec + (\(offset));
            }
            """
        let compiled = try await PluginProcess.run(
            "clang", ["-shared", "-fPIC", "-x", "c", "-", "-o", "\(folder)/clock.so"], input: source)
        try #require(compiled.status == 0, "\(compiled.errors)")
        let arguments = ["-n", namespace, "--context", "healer", "--insecure-skip-tls-verify"]
        let environment = ["KUBECONFIG": cluster.kubeconfig, "LD_PRELOAD": "\(folder)/clock.so"]
        let first = try await PluginProcess.run(TestCluster.binary, ["restart"] + arguments, environment: environment)
        #expect(first.output.contains("web restarted"), "\(first.output) \(first.errors)")
        let spec = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
        let restartAt = ISO8601DateFormatter().date(from: spec?["restartAt"] as? String ?? "")
        #expect(abs(restartAt?.timeIntervalSinceNow ?? .infinity) < 30, "\(spec ?? [:])")
        let again = try await PluginProcess.run(TestCluster.binary, ["restart"] + arguments, environment: environment)
        #expect(again.output.contains("skipped"), "\(again.output) \(again.errors)")
        #expect(try cluster.patches(in: namespace) == [200])
    }
}

extension TestCluster {
    fileprivate func process(_ program: String) throws -> Int32 {
        let text = try String(contentsOfFile: "\(folder)/\(program).pid", encoding: .utf8)
        return Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
    }
}
