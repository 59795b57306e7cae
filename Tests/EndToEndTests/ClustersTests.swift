import Foundation
import TestSupport
import Testing

/// Tests `list --contexts` with real API servers, certificates and tokens.
@Suite(.onCluster, .inTurn)
struct ClustersTests {
    private func list(_ clusters: TestCluster..., arguments: String...) async throws -> PluginProcess {
        try await PluginProcess.run(
            TestCluster.binary, ["list"] + arguments,
            environment: ["KUBECONFIG": clusters.map(\.kubeconfig).joined(separator: ":")])
    }

    private func lines(_ run: PluginProcess) -> [[Substring]] {
        run.output.split(separator: "\n").map { $0.split(separator: " ") }
    }

    @Test func theContextsOfOneFileWithACertificateAndTokens() async throws {
        let cluster = try TestCluster()
        let run = try await list(cluster, arguments: "--contexts", "admin,*-rollouts,view*", "-n", "shop")
        #expect(run.status == 3)
        #expect(lines(run)[0].prefix(2) == ["CLUSTER", "NAME"])
        let shown = lines(run).dropFirst().map { $0.prefix(2).joined(separator: "/") }
        let alone = try await cluster.plugin("list", "-n", "shop", "--no-headers")
        let names = lines(alone).map(\.[0])
        #expect(names.count >= 3)
        #expect(shown == names.map { "admin/\($0)" } + names.map { "viewer/\($0)" })
        #expect(run.errors.hasPrefix("error: no-rollouts: Error from server (Forbidden): "))
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    /// The second cluster has other context names and another CA, and is stopped during the test.
    @Test func twoClustersOfWhichOneGoesDown() async throws {
        let first = try TestCluster()
        try await TestCluster.own { second in
            let config = try String(contentsOfFile: second.kubeconfig, encoding: .utf8)
            var renamed = config
            for name in ["rollout-heal-test", "admin", "viewer"] {
                renamed = renamed.replacing("name: \(name)", with: "name: second-\(name)")
                    .replacing("cluster: \(name)", with: "cluster: second-\(name)")
                    .replacing("user: \(name)", with: "user: second-\(name)")
            }
            try PrivateFile.write(renamed, to: second.kubeconfig)
            let namespace = try await second.makeNamespace("clusters")
            try await second.store(
                .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])

            let both = try await list(first, second, arguments: "--contexts", "admin,second-*", "-A", "-o", "json")
            let document = try #require(
                JSONSerialization.jsonObject(with: Data(both.output.utf8)) as? [String: Any])
            let items = try #require(document["items"] as? [[String: Any]])
            #expect(both.status == 0, "\(both.errors)")
            #expect(Set(items.compactMap { $0["cluster"] as? String }) == ["admin", "second-admin", "second-viewer"])
            let web = items.filter { $0["name"] as? String == "web" && $0["namespace"] as? String == namespace }
            #expect(web.map { $0["cluster"] as? String } == ["second-admin", "second-viewer"])
            #expect(web.allSatisfy { $0["diagnosis"] as? String == "stuck" })

            try await TestCluster.script("stop", "--dir", second.folder, "--only", "kube-apiserver")
            let one = try await list(first, second, arguments: "--contexts", "admin,second-admin", "-n", "shop")
            #expect(one.status == 1)
            #expect(Set(lines(one).dropFirst().map(\.[0])) == ["admin"])
            #expect(
                one.errors == "error: second-admin: The connection to the server 127.0.0.1:\(second.port) was refused "
                    + "- did you specify the right host or port?\n")
        }
    }

    @Test func whatMatchesNothingNamesTheContexts() async throws {
        let run = try await list(try TestCluster(), arguments: "--contexts", "prod-*")
        #expect(run.status == 1)
        #expect(run.errors.hasPrefix("error: no context matches \"prod-*\"\nhint: known contexts: admin, "))
    }
}
