import Foundation
import TestSupport
import Testing

/// Without a controller, as in these tests, requested restarts are not observed.
@Suite(.onCluster, .inTurn)
struct ControllerDownTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    /// Stores ten stuck Rollouts in separate namespaces, and returns a selector for them.
    private func store() async throws -> (namespaces: [String], selector: String) {
        let team = "down-\(UInt32.random(in: 0...UInt32.max))"
        var namespaces: [String] = []
        for _ in 0..<10 {
            let namespace = try await cluster.makeNamespace(team)
            try await cluster.store(
                .stored("web", in: namespace).merging(["metadata": ["labels": ["team": team]]]),
                replicaSets: [.replicaSet(of: "web", namespace: namespace)])
            namespaces.append(namespace)
        }
        return (namespaces, "team=\(team)")
    }

    private func patches(_ namespaces: [String]) throws -> Int {
        try namespaces.reduce(0) { $0 + (try cluster.patches(in: $1).count) }
    }

    private func armed(_ namespaces: [String]) async throws -> Int {
        var count = 0
        for namespace in namespaces {
            let spec = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
            if spec?["restartAt"] != nil { count += 1 }
        }
        return count
    }

    @Test(arguments: ["restart", "heal"]) func theCommandLineAsksOnceAndTakesItBack(command: String) async throws {
        let (namespaces, selector) = try await store()
        let run = try await cluster.plugin(command, "-A", "-l", selector, "--yes", "--wait=true", "--timeout", "3s")
        #expect(run.status == 4, "\(run.output) \(run.errors)")
        #expect(run.output.contains("the controller has not observed it: is it down?"), "\(run.output)")
        #expect(run.output.split(separator: "\n").count { $0.contains("breaker") } == 9, "\(run.output)")
        #expect(try patches(namespaces) == 2)
        #expect(try await armed(namespaces) == 0)
    }

    @Test func watchAsksThriceAtTheMost() async throws {
        let (namespaces, selector) = try await store()
        let watch = try cluster.start(
            "watch", "-A", "-l", selector, "--heal", "--settle", "0s", "--max-per-minute", "1000", "--storm-threshold",
            "100%", "-o", "json")
        try await watch.wait("restarted") { watch.names("RESTARTED").count == 3 }
        try await Task.sleep(for: .seconds(5))
        #expect(try patches(namespaces) == 3)
        let controllers = namespaces.map { cluster.control($0) }
        defer { for controller in controllers { controller.cancel() } }
        try await watch.wait("the others", seconds: 60) { watch.names("RESTARTED").count == 10 }
        watch.signal(SIGTERM)
        #expect(try await watch.end() == 0)
        #expect(try patches(namespaces) == 10)
    }
}
