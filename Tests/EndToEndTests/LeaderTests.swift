import Foundation
import HTTPTransport
import TestSupport
import Testing

/// Several replicas with client-go's timing: 15 s a Lease, renewed every 2 s.
@Suite(.enabled(if: TestCluster.folder != nil, "scripts/test starts the cluster that this needs"))
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

    /// Two replicas, the first of which leads and has restarted `first`.
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
        #expect(try await leader.end(seconds: 1) == 0)
        try await standby.wait("leading", seconds: 3) { leads(standby) }
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
        try await standby.wait("leading", seconds: 12) { leads(standby) }
        try await standby.wait("second", seconds: 3) { standby.names("RESTARTED") == ["second"] }
        #expect(try cluster.patches(in: namespace) == [200, 200])
    }

    @Test func aStoppedLeaderThatWakesUpLateHealsNothing() async throws {
        let namespace = try await cluster.makeNamespace("leader")
        let (leader, standby) = try await pair(namespace)
        leader.signal(SIGSTOP)
        try await store("second", in: namespace)
        try await store("third", in: namespace)
        try await standby.wait("leading", seconds: 20) { leads(standby) }
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
