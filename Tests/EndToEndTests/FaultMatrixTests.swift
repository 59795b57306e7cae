import Foundation
import HTTPTransport
import TestSupport
import Testing

/// One-shot commands with failing networks and servers: they end in time with the right status, and never restart
/// twice.
///
/// ``WatchFaultTests`` covers the same for a watch, ``ChangedRulesTests`` changes by an administrator.
@Suite(.onCluster, .inTurn)
struct FaultMatrixTests {
    private enum Fault: String, CaseIterable {
        case refused, silent, partitioned, serverStopped, etcdStopped

        /// The expected message.
        var words: String {
            switch self {
            case .refused: "Unable to connect to the server"
            case .silent, .partitioned, .serverStopped: "timed out|Unable to connect"
            // The API server responds for etcd, or does not respond either.
            case .etcdStopped: "Error from server|timed out|Unable to connect"
            }
        }

        func begin(_ cluster: TestCluster, _ relay: Relay, _ network: NetworkNamespace?) async throws {
            switch self {
            case .partitioned: try await network?.setLink(up: false)
            case .refused: relay.mode = .refusing
            case .silent: relay.mode = .frozen
            case .serverStopped: kill(try cluster.processIdentifier("kube-apiserver"), SIGSTOP)
            case .etcdStopped: kill(try cluster.processIdentifier("etcd"), SIGSTOP)
            }
        }

        func end(_ cluster: TestCluster, _ relay: Relay, _ network: NetworkNamespace?) async throws {
            relay.mode = .passing
            try await network?.setLink(up: true)
            kill(try cluster.processIdentifier("etcd"), SIGCONT)
            kill(try cluster.processIdentifier("kube-apiserver"), SIGCONT)
        }
    }

    private static let commands = [["list", "--fresh"], ["restart"], ["restart", "--wait", "--timeout", "20s"]]

    private func run(
        _ cluster: TestCluster, _ relay: Relay, in network: NetworkNamespace? = nil, _ words: [String],
        _ namespace: String, patience: String = "60s"
    ) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary,
            words.settled + [
                "-n", namespace, "--request-timeout", patience, "--context", "healer", "--server",
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
            if network == nil { print("not tried: partitioned; a network of its own takes root") }
            for fault in Fault.allCases where fault != .partitioned || network != nil {
                for words in Self.commands {
                    let cell = "\(fault) x \(words.joined(separator: " "))"
                    let namespace = try await store(cluster, "matrix")
                    try await fault.begin(cluster, relay, network)
                    let faulty = try run(cluster, relay, in: network, words, namespace, patience: "3s")
                    let status = try await faulty.end(seconds: 60)
                    try await fault.end(cluster, relay, network)
                    #expect(status == 1, "\(cell): \(faulty.errors)")
                    #expect(faulty.errors.contains(try Regex(fault.words)), "\(cell): \(faulty.errors)")
                    #expect(faulty.output.isEmpty, "\(cell)")

                    let after = try run(cluster, relay, in: network, ["restart"], namespace)
                    #expect(try await after.end(seconds: 90) == 0, "\(cell): \(after.errors)")
                    let again = try run(cluster, relay, in: network, ["restart"], namespace)
                    #expect(try await again.end(seconds: 90) == 0, "\(cell): \(again.errors)")
                    #expect(try cluster.patches(in: namespace) == [200], "\(cell)")
                }
            }
        }
    }

    /// The connection breaks at any moment of a restart. A truncated list is an error, after which the next restart
    /// does the work; all other cases recover by themselves.
    @Test func aRestartThatIsCutOffAnywhereIsMadeOnce() async throws {
        let cluster = try TestCluster()
        let relay = try Relay(to: cluster.port)
        for milliseconds in stride(from: 20, through: 200, by: 20) {
            let namespace = try await store(cluster, "cut")
            let restart = try run(cluster, relay, ["restart"], namespace)
            try await Task.sleep(for: .milliseconds(milliseconds))
            relay.cut()
            let status = try await restart.end(seconds: 60)
            let isCutInList = status == 1 && restart.errors.hasPrefix("Unable to connect to the server: ")
            #expect(status == 0 || isCutInList, "cut after \(milliseconds) ms: \(restart.errors)")
            if isCutInList {
                let again = try run(cluster, relay, ["restart"], namespace)
                #expect(try await again.end(seconds: 90) == 0, "after \(milliseconds) ms: \(again.errors)")
            }
            #expect(try cluster.patches(in: namespace).filter { $0 == 200 }.count == 1)
        }
    }

    /// If the second page of a list belongs to a version that etcd has compacted, the server answers 410 and the list
    /// starts over.
    @Test(arguments: ["list", "restart"])
    func aListThatIsCompactedBetweenItsPagesBeginsAgain(command: String) async throws {
        try await TestCluster.own { cluster in
            let account = try await ServiceAccount(cluster)
            let namespace = try await store(cluster, "paged")
            let path = "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts"
            try await withThrowingTaskGroup { group in
                for number in 0..<510 {
                    group.addTask {
                        let body = ObjectFixture([
                            "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
                            "metadata": ["name": "a\(number)"], "spec": ["replicas": 1],
                        ])
                        _ = try await cluster.request(.post, path, body.json)
                    }
                }
                try await group.waitForAll()
            }
            let server = try StagedServer(to: cluster, token: { account.token }, holding: .nextPage, .asked)
            let run = try account.start(
                [command, "-n", namespace, "--server", server.url, "-v", "6"]
                    + (command == "list" ? ["--fresh", "-o", "name"] : []))
            try await run.wait("the second page") { server.isHolding }
            try await cluster.patch(path + "/a0", ["metadata": ["labels": ["team": "another"]]])
            try await cluster.compact()
            // From 1.34 on, the API server serves the second page from snapshots of its cache, which a new process has not.
            try await TestCluster.script("stop", "--dir", cluster.folder, "--only", "kube-apiserver")
            try await TestCluster.script("start", "--dir", cluster.folder)
            server.release()
            #expect(try await run.end(seconds: 60) == 0, "\(run.errors)")
            #expect(run.errors.contains("continue=") && run.errors.contains("410"), "\(run.errors)")
            let line = "rollout.argoproj.io/web" + (command == "list" ? "" : " restarted")
            #expect(run.output.split(separator: "\n") == [line[...]])
            #expect(try cluster.patches(in: namespace) == (command == "list" ? [] : [200]))
        }
    }

    @Test(arguments: [3600, -3600])
    func anHourOfWrongClockChangesNothing(offset: Int) async throws {
        let cluster = try TestCluster()
        let clock = try await WrongClock(offset)
        func start(_ words: [String], in namespace: String) throws -> RunningPlugin {
            try RunningPlugin(
                TestCluster.binary,
                words.settled + ["-n", namespace, "--context", "healer", "--insecure-skip-tls-verify"],
                environment: ["KUBECONFIG": cluster.kubeconfig, "LD_PRELOAD": clock.library])
        }
        func isRestartedNow(_ namespace: String) async throws -> Bool {
            let spec = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
            let restartAt = ISO8601DateFormatter().date(from: spec?["restartAt"] as? String ?? "")
            return abs(restartAt?.timeIntervalSinceNow ?? .infinity) < 30
        }

        let namespace = try await store(cluster, "clock")
        let list = try start(["list"], in: namespace)
        #expect(try await list.end() == 0, "\(list.errors)")
        #expect(list.output.contains(try Regex("web .* stuck +60m ")), "\(list.output)")
        let first = try start(["restart", "--wait", "--timeout", "30s"], in: namespace)
        try await first.wait("restarted") { first.output.contains("web restarted") }
        #expect(try await isRestartedNow(namespace))
        try await cluster.finishRestart(namespace, "web")
        #expect(try await first.end(seconds: 60) == 0, "\(first.output) \(first.errors)")
        #expect(first.output.contains(try Regex(#"recovered \(after \d s\)"#)), "\(first.output)")
        let again = try start(["restart"], in: namespace)
        #expect(try await again.end() == 0, "\(again.errors)")
        #expect(try cluster.patches(in: namespace) == [200])

        let watched = try await store(cluster, "clock")
        let watch = try start(["watch", "--heal", "--settle", "5s", "-o", "json"], in: watched)
        try await watch.wait("restarted") { watch.names("RESTARTED") == ["web"] }
        #expect(try await isRestartedNow(watched))
        try await cluster.finishRestart(watched, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
        #expect(try cluster.patches(in: watched) == [200])
    }
}

/// A preloaded library that sets a process's clock wrong.
///
/// libfaketime cannot be used: a Swift program preloaded with it receives no arguments.
final class WrongClock {
    private let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path

    var library: String { "\(folder)/clock.so" }

    init(_ offset: Int) async throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
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
            "clang", ["-shared", "-fPIC", "-x", "c", "-", "-o", library], input: source)
        try #require(compiled.status == 0, "\(compiled.errors)")
    }

    deinit {
        try? FileManager.default.removeItem(atPath: folder)
    }
}
