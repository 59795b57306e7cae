import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Faults of networks and servers during a watch, on a cluster of its own.
@Suite(.onCluster, .inTurn)
struct WatchFaultTests {
    private func start(
        _ cluster: TestCluster, _ relay: Relay, in network: NetworkNamespace? = nil
    ) throws -> RunningPlugin {
        try RunningPlugin(
            TestCluster.binary,
            [
                "watch", "-A", "--heal", "--settle", "0s", "--max-per-minute", "1000", "--storm-threshold", "100%",
                "-o", "json", "--context", "healer", "--server", "https://127.0.0.1:\(relay.port)",
            ], environment: ["KUBECONFIG": cluster.kubeconfig], in: network)
    }

    @Test func whateverHappensMeanwhileEachIsHealedOnce() async throws {
        try await TestCluster.own { cluster in
            let controller = cluster.control()
            defer { controller.cancel() }
            let relay = try Relay(to: cluster.port)
            try await cluster.storeWeb(inNew: "before")
            try await cluster.storeWeb(inNew: "hands-off", ignored: true)
            let watch = try start(cluster, relay)
            try await watch.wait("before") { watch.namespaces("RESTARTED").contains("before") }
            try await cluster.storeWeb(inNew: "during")
            try await watch.wait("during") { watch.namespaces("RESTARTED").contains("during") }

            relay.mode = .refusing
            try await cluster.storeWeb(inNew: "disconnected")
            relay.mode = .passing
            try await watch.wait("disconnected") { watch.namespaces("RESTARTED").contains("disconnected") }

            // A new server has no old versions: it answers the watch with 410, which requires a new list.
            relay.mode = .refusing
            kill(try cluster.processIdentifier("kube-apiserver"), SIGKILL)
            try await Task.sleep(for: .milliseconds(200))
            try await TestCluster.script("start", "--dir", cluster.folder)
            _ = try await cluster.request(
                .delete, "/apis/argoproj.io/v1alpha1/namespaces/hands-off/rollouts/web")
            try await cluster.storeWeb(inNew: "relisted")
            relay.mode = .passing
            try await watch.wait("relisted", seconds: 180) { watch.namespaces("RESTARTED").contains("relisted") }
            try await watch.wait("what is gone") { watch.namespaces("DELETED") == ["hands-off"] }
            try await cluster.storeWeb(inNew: "after")
            try await watch.wait("after") { watch.namespaces("RESTARTED").contains("after") }

            watch.signal(SIGTERM)
            #expect(try await watch.end() == 0, "\(watch.errors)")
            for namespace in ["before", "during", "disconnected", "relisted", "after"] {
                #expect(try cluster.patches(in: namespace) == [200], "\(namespace)")
            }
            #expect(try cluster.patches(in: "hands-off").isEmpty)
        }
    }

    @Test func anAPIServerThatIsKilledOrStoppedAndAnEtcdThatIsAwayAreOutlived() async throws {
        try await TestCluster.own { cluster in
            let controller = cluster.control()
            defer { controller.cancel() }
            let relay = try Relay(to: cluster.port)
            let watch = try start(cluster, relay)
            try await watch.wait("begun") { watch.errors.contains("watching 0") }
            kill(try cluster.processIdentifier("kube-apiserver"), SIGKILL)
            try await Task.sleep(for: .seconds(1))
            try await TestCluster.script("start", "--dir", cluster.folder)
            try await cluster.storeWeb(inNew: "killed")
            try await watch.wait("killed", seconds: 180) { watch.namespaces("RESTARTED").contains("killed") }

            let server = try cluster.processIdentifier("kube-apiserver")
            kill(server, SIGSTOP)
            try await Task.sleep(for: .seconds(3))
            kill(server, SIGCONT)
            try await cluster.storeWeb(inNew: "stopped")
            try await watch.wait("stopped") { watch.namespaces("RESTARTED").contains("stopped") }

            kill(try cluster.processIdentifier("etcd"), SIGKILL)
            try await Task.sleep(for: .seconds(2))
            try await TestCluster.script("start", "--dir", cluster.folder)
            try await cluster.storeWeb(inNew: "etcd-away")
            try await watch.wait("etcd-away", seconds: 180) { watch.namespaces("RESTARTED").contains("etcd-away") }
            for namespace in ["killed", "stopped", "etcd-away"] {
                #expect(try cluster.patches(in: namespace) == [200], "\(namespace)")
            }
        }
    }

    @Test func connectionsThatBreakEverySecondAndOnesThatFallSilent() async throws {
        let cluster = try TestCluster()
        let namespace = try await cluster.makeNamespace("broken")
        let relay = try Relay(to: cluster.port)
        let watch = try RunningPlugin(
            TestCluster.binary,
            [
                "watch", "-n", namespace, "--heal", "--settle", "0s", "-v", "6", "-o", "json", "--context", "healer",
                "--server",
                "https://127.0.0.1:\(relay.port)",
            ], environment: ["KUBECONFIG": cluster.kubeconfig])
        try await watch.wait("begun") { watch.errors.contains("watching 0") }
        let before = relay.accepted
        // Memory is compared once everything has happened: connecting, listing, watching and healing.
        var memory: Int?
        for second in 0..<60 {
            try await Task.sleep(for: .seconds(1))
            relay.cut()
            if second == 10 {
                try await cluster.store(
                    .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
            }
            if memory == nil, watch.names("RESTARTED") == ["web"] { memory = try watch.residentKilobytes() }
        }
        try await watch.wait("healed") { watch.names("RESTARTED") == ["web"] }
        #expect(relay.accepted - before <= 150, "connections in a minute: it must not spin")
        let grown = try watch.residentKilobytes() - #require(memory, "healed within the minute")
        #expect(grown < 1024)
        #expect(try cluster.patches(in: namespace) == [200])

        // Half-open: nothing was sent that could remain unacknowledged, so keep-alive must detect it.
        relay.mode = .frozen
        try await Task.sleep(for: .seconds(2))
        relay.mode = .passing
        relay.cut()
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered", seconds: 180) { watch.names("RECOVERED") == ["web"] }
    }

    /// The network device is down: packets in transit stay unacknowledged, and new ones find no route.
    @Test(.enabled(if: NetworkNamespace.isPossible, "a network of its own takes root"))
    func aPartitionedNetworkIsOutlived() async throws {
        try await TestCluster.own { cluster in
            let controller = cluster.control()
            defer { controller.cancel() }
            let network = try await NetworkNamespace()
            let relay = try Relay(to: cluster.port, in: network)
            try await cluster.storeWeb(inNew: "before")
            let watch = try start(cluster, relay, in: network)
            try await watch.wait("before") { watch.namespaces("RESTARTED") == ["before"] }
            for number in 0..<3 {
                try await network.setLink(up: false)
                try await cluster.storeWeb(inNew: "apart-\(number)")
                try await Task.sleep(for: .seconds(number * 2))
                try await network.setLink(up: true)
                try await watch.wait("after the partition", seconds: 180) {
                    watch.namespaces("RESTARTED").contains("apart-\(number)")
                }
            }
            watch.signal(SIGTERM)
            #expect(try await watch.end() == 0, "\(watch.errors)")
            for namespace in ["before", "apart-0", "apart-1", "apart-2"] {
                #expect(try cluster.patches(in: namespace) == [200], "\(namespace)")
            }
        }
    }

    @Test func anExpiredVersionAfterACompactionIsListedAnew() async throws {
        try await TestCluster.own { cluster in
            let controller = cluster.control()
            defer { controller.cancel() }
            let relay = try Relay(to: cluster.port)
            let watch = try start(cluster, relay)
            try await watch.wait("begun") { watch.errors.contains("watching 0") }
            relay.mode = .refusing
            try await cluster.storeWeb(inNew: "compacted")
            try await cluster.compact()
            try await TestCluster.script("stop", "--dir", cluster.folder, "--only", "kube-apiserver")
            try await TestCluster.script("start", "--dir", cluster.folder)
            relay.mode = .passing
            try await watch.wait("compacted", seconds: 180) { watch.namespaces("RESTARTED").contains("compacted") }
            #expect(try cluster.patches(in: "compacted") == [200])
        }
    }
}

extension RunningPlugin {
    /// The resident memory of the process in KiB.
    fileprivate func residentKilobytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(processIdentifier)/status", encoding: .utf8)
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return line?.split(separator: " ").compactMap { Int($0) }.first ?? 0
    }
}
