import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Several replicas with client-go's timing: a Lease of 15 s, renewed every 2 s.
@Suite(.onCluster, .inTurn)
struct LeaderTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private func start(_ namespace: String) throws -> RunningPlugin {
        try cluster.start("watch", "-n", namespace, "--heal", "--leader-elect", "--settle", "0s", "-o", "json")
    }

    private func leads(_ replica: RunningPlugin) -> Bool {
        replica.errors.contains("INFO leading")
    }

    private func store(_ name: String, in namespace: String) async throws {
        try await cluster.store(
            .stored(name, in: namespace), replicaSets: [.replicaSet(of: name, namespace: namespace)])
    }

    /// Starts two replicas, of which the first leads and has restarted `first`.
    private func pair(_ namespace: String) async throws -> (leader: RunningPlugin, standby: RunningPlugin) {
        let leader = try start(namespace)
        try await leader.wait("leading") { leads(leader) }
        let standby = try start(namespace)
        try await standby.wait("synced") { standby.errors.contains("watching") }
        try await store("first", in: namespace)
        try await leader.wait("first") { leader.names("RESTARTED") == ["first"] }
        try await cluster.finishRestart(namespace, "first")
        try await leader.wait("recovered") { leader.names("RECOVERED") == ["first"] }
        return (leader, standby)
    }

    @Test func aCleanExitHandsOverWithinThreeSeconds() async throws {
        let namespace = try await cluster.makeNamespace("leader")
        let (leader, standby) = try await pair(namespace)
        #expect(!leads(standby))
        leader.signal(SIGTERM)
        #expect(try await leader.end(seconds: 15) == 0)
        try await standby.wait("leading", seconds: 15) { leads(standby) }
        try await store("second", in: namespace)
        try await standby.wait("second") { standby.names("RESTARTED") == ["second"] }
        #expect(try cluster.patches(in: namespace) == [200, 200])
    }

    @Test func aKilledLeaderIsFollowedOnceItsLeaseIsOver() async throws {
        let namespace = try await cluster.makeNamespace("leader")
        let (leader, standby) = try await pair(namespace)
        leader.signal(SIGKILL)
        try await store("second", in: namespace)
        try await Task.sleep(for: .seconds(8))
        #expect(!leads(standby))
        try await standby.wait("leading", seconds: 40) { leads(standby) }
        try await standby.wait("second", seconds: 15) { standby.names("RESTARTED") == ["second"] }
        #expect(try cluster.patches(in: namespace) == [200, 200])
    }

    @Test func aStoppedLeaderThatWakesUpLateHealsNothing() async throws {
        let namespace = try await cluster.makeNamespace("leader")
        let (leader, standby) = try await pair(namespace)
        leader.signal(SIGSTOP)
        try await store("second", in: namespace)
        try await store("third", in: namespace)
        try await standby.wait("leading", seconds: 60) { leads(standby) }
        try await standby.wait("second") { standby.names("RESTARTED") == ["second"] }
        leader.signal(SIGCONT)
        try await leader.wait("no longer leading") { leader.errors.contains("no longer leading") }
        try await Task.sleep(for: .seconds(2))
        #expect(leader.names("RESTARTED") == ["first"])
        try await cluster.finishRestart(namespace, "second")
        try await standby.wait("third") { standby.names("RESTARTED") == ["second", "third"] }
        #expect(leader.names("RESTARTED") == ["first"])
        #expect(try cluster.patches(in: namespace) == [200, 200, 200])
    }

    @Test func aLeaseThatMayNotBeWrittenIsSaidOnceAndNothingIsHealed() async throws {
        let namespace = try await cluster.makeNamespace("leader")
        try await store("first", in: namespace)
        let replica = try cluster.start(
            "watch", "-n", namespace, "--heal", "--leader-elect", "--settle", "0s", "-o", "json",
            context: "no-replicasets")
        try await replica.wait("refused") { replica.errors.contains("cannot get resource \"leases\"") }
        try await Task.sleep(for: .seconds(5))
        #expect(replica.errors.components(separatedBy: "cannot get resource \"leases\"").count == 2)
        #expect(try cluster.patches(in: namespace).isEmpty)
    }
}

@Suite(.onCluster, .inTurn)
struct MonitoringTests {
    @Test func metricsAreWhatPrometheusReadsAndHealthIsTold() async throws {
        let cluster = try TestCluster()
        let namespace = try await cluster.makeNamespace("metrics")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        try await cluster.store(
            .stored("ill", in: namespace), replicaSets: [.replicaSet(of: "ill", namespace: namespace, available: 1)])
        let port = Int.random(in: 33_000..<60_000)
        let watch = try cluster.start(
            "watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json", "--metrics-address", "127.0.0.1:\(port)"
        )
        try await watch.wait("restarted") { watch.names("RESTARTED") == ["web"] }
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("recovered") { watch.names("RECOVERED") == ["web"] }
        try await Task.sleep(for: .seconds(1.2))
        func ask(_ path: String) async throws -> String {
            try await PluginProcess.run("curl", ["-sS", "-w", " %{http_code}", "http://127.0.0.1:\(port)\(path)"])
                .output
        }
        #expect(try await ask("/healthz") == "ok\n 200")
        #expect(try await ask("/readyz") == "ok\n 200")
        let metrics = try await ask("/metrics")
        for line in [
            "rollout_heal_degraded{diagnosis=\"unavailable\"} 1", "rollout_heal_degraded{diagnosis=\"stuck\"} 0",
            "rollout_heal_restarts_total{result=\"restarted\"} 1", "rollout_heal_recovered_total{result=\"healed\"} 1",
            "rollout_heal_skipped_total{reason=\"policy\"} 1", "rollout_heal_recovery_seconds_count{by=\"restart\"} 1",
            "rollout_heal_leader 1", "rollout_heal_heals 1", "rollout_heal_watched 2", "rollout_heal_given_up 0",
            "rollout_heal_api_requests_total{verb=\"PATCH\",code=\"200\"} 1",
        ] {
            #expect(metrics.contains("\n\(line)\n"), "\(line)")
        }
        let home = ProcessInfo.processInfo.environment["HOME"] ?? "/"
        let check = try await PluginProcess.run(
            "scripts/ci/check-metrics",
            [
                "http://127.0.0.1:\(port)/metrics", "rollout_heal_degraded", "rollout_heal_restarts_total",
                "rollout_heal_watch_restarts_total", "rollout_heal_api_request_duration_seconds",
                "rollout_heal_build_info", "process_cpu_seconds_total", "process_resident_memory_bytes",
                "process_open_fds", "process_start_time_seconds",
            ], environment: ["HOME": home])
        #expect(check.status == 0, "\(check.errors)")
        watch.signal(SIGTERM)
        #expect(try await watch.end(seconds: 15) == 0)
    }
}
