import Foundation
import HTTPTransport
import TestSupport
import Testing

/// An administrator removes something while commands run and restores it later: each Rollout is still restarted once.
@Suite(.onCluster, .inTurn)
struct ChangedRulesTests {
    private enum Change: String, CaseIterable {
        case definitionRemoved, namespaceDeleted, rightsRevoked, tokenRevoked

        /// The exit status and message of a command that starts after the change.
        var end: (status: Int32, words: String) {
            switch self {
            case .definitionRemoved: (1, "error: the server doesn't have a resource type \"rollouts\"")
            case .namespaceDeleted: (0, "No (degraded rollouts found|Rollout needs healing) in .* namespace.")
            case .rightsRevoked: (3, #"Error from server \(Forbidden\)"#)
            case .tokenRevoked: (3, "error: You must be logged in to the server")
            }
        }

        /// Whether the Rollouts are deleted too.
        var destroys: Bool { self == .definitionRemoved || self == .namespaceDeleted }
    }

    @Test func whatWasTakenAwayHappensOnceItIsBack() async throws {
        try await TestCluster.own { cluster in
            let account = try await ServiceAccount(cluster)
            for change in Change.allCases {
                for words in [["list"], ["restart"], ["restart", "--wait", "--timeout", "20s"]] {
                    let cell = "\(change) x \(words.joined(separator: " "))"
                    let namespace = try await store(cluster, "rules")
                    try await begin(change, cluster, account, namespace)
                    let run = try account.start(words + ["-n", namespace])
                    let status = try await run.end(seconds: 60)
                    try await end(change, cluster, account, namespace)
                    #expect(status == change.end.status, "\(cell): \(run.errors)")
                    #expect(run.errors.contains(try Regex(change.end.words)), "\(cell): \(run.errors)")
                    #expect(run.output.isEmpty, "\(cell): \(run.output)")
                    #expect(try cluster.patches(in: namespace).isEmpty, "\(cell)")

                    if change.destroys { try await fill(cluster, namespace) }
                    for _ in 0..<2 {
                        let after = try account.start(["restart", "-n", namespace])
                        #expect(try await after.end(seconds: 90) == 0, "\(cell): \(after.errors)")
                    }
                    #expect(try cluster.patches(in: namespace) == [200], "\(cell)")
                }
            }
        }
    }

    @Test func aWatchOutlivesThem() async throws {
        try await TestCluster.own { cluster in
            let controller = cluster.control()
            defer { controller.cancel() }
            let account = try await ServiceAccount(cluster)
            let watch = try account.start([
                "watch", "-A", "--heal", "--settle", "0s", "--max-per-minute", "1000", "--storm-threshold", "100%",
                "-o",
                "json",
            ])
            func restarted(_ namespace: String) -> Bool {
                watch.changes.contains {
                    $0["type"] as? String == "RESTARTED" && $0["namespace"] as? String == namespace
                }
            }
            for change in Change.allCases {
                let before = try await store(cluster, "before")
                try await watch.wait("before \(change)", seconds: 180) { restarted(before) }
                let during = try await cluster.makeNamespace("during")
                try await begin(change, cluster, account, before)
                if !change.destroys { try await fill(cluster, during) }
                try await Task.sleep(for: .seconds(2))
                try await end(change, cluster, account, before)
                if change.destroys { try await fill(cluster, during) }
                try await watch.wait("after \(change)", seconds: 120) { restarted(during) }
                for namespace in [before, during] {
                    #expect(try cluster.patches(in: namespace).filter { $0 == 200 }.count == 1, "\(change)")
                }
            }
            watch.signal(SIGTERM)
            #expect(try await watch.end() == 0)
        }
    }

    private func store(_ cluster: TestCluster, _ prefix: String) async throws -> String {
        let namespace = try await cluster.makeNamespace(prefix)
        try await fill(cluster, namespace)
        return namespace
    }

    private func fill(_ cluster: TestCluster, _ namespace: String) async throws {
        // The test cluster has no garbage collector.
        _ = try await cluster.request(.delete, "/apis/apps/v1/namespaces/\(namespace)/replicasets")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }

    private func begin(
        _ change: Change, _ cluster: TestCluster, _ account: ServiceAccount, _ namespace: String
    ) async throws {
        switch change {
        case .definitionRemoved: try await cluster.removeDefinition()
        case .namespaceDeleted: try await cluster.deleteNamespace(namespace)
        case .rightsRevoked: try await account.setRights(false)
        case .tokenRevoked: try await account.revokeToken()
        }
    }

    private func end(
        _ change: Change, _ cluster: TestCluster, _ account: ServiceAccount, _ namespace: String
    ) async throws {
        switch change {
        case .definitionRemoved: try await TestCluster.script("start", "--dir", cluster.folder)
        case .namespaceDeleted:
            _ = try await cluster.request(
                .post, "/api/v1/namespaces", ObjectFixture(["metadata": ["name": namespace]]).json)
        case .rightsRevoked: try await account.setRights(true)
        case .tokenRevoked: try await account.giveToken()
        }
    }
}
