import Foundation
import HTTPTransport
import TestSupport
import Testing

/// What an administrator takes away while commands run and gives back later: each Rollout is restarted once all the same.
@Suite(.onCluster, .inTurn)
struct ChangedRulesTests {
    private enum Change: String, CaseIterable {
        case definitionRemoved, namespaceDeleted, rightsRevoked, tokenRevoked

        /// The end of a command that begins when it is so: its status, and what it says.
        var atFirst: (status: ClosedRange<Int32>, words: String) {
            switch self {
            case .definitionRemoved: (1...1, "Argo Rollouts")
            case .namespaceDeleted: (0...0, "No degraded rollouts found|[Nn]othing")
            case .rightsRevoked: (3...3, "Forbidden")
            case .tokenRevoked: (1...3, "must be logged in")
            }
        }

        /// The same where it becomes so while a restart is waited for.
        var meanwhile: (status: ClosedRange<Int32>, words: String) {
            switch self {
            case .definitionRemoved, .namespaceDeleted:
                (1...4, "gone|deleted|not found|Argo Rollouts|doesn't have a resource type")
            case .rightsRevoked, .tokenRevoked: (1...4, atFirst.words)
            }
        }

        /// What the Rollouts were in is gone with them.
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
                    let status = try await run.end(seconds: 15)
                    try await end(change, cluster, account, namespace)
                    #expect(change.atFirst.status.contains(status), "\(cell): \(status) \(run.errors)")
                    #expect(
                        (run.errors + run.output).contains(try Regex(change.atFirst.words)), "\(cell): \(run.errors)")
                    #expect(try cluster.patches(in: namespace).allSatisfy { $0 >= 400 }, "\(cell)")

                    if change.destroys { try await fill(cluster, namespace) }
                    for _ in 0..<2 {
                        let after = try account.start(["restart", "-n", namespace])
                        #expect(try await after.end(seconds: 40) == 0, "\(cell): \(after.errors)")
                    }
                    #expect(try cluster.patches(in: namespace).filter { $0 == 200 }.count == 1, "\(cell)")
                }
            }
        }
    }

    @Test func aRestartThatIsWaitedForEnds() async throws {
        try await TestCluster.own { cluster in
            let account = try await ServiceAccount(cluster)
            for change in Change.allCases {
                let namespace = try await store(cluster, "rules")
                let run = try account.start(["restart", "--wait", "--timeout", "10s", "-n", namespace])
                try await run.wait("restarted") { try cluster.patches(in: namespace) == [200] }
                try await begin(change, cluster, account, namespace)
                let status = try await run.end(seconds: 40)
                try await end(change, cluster, account, namespace)
                #expect(change.meanwhile.status.contains(status), "\(change): \(status) \(run.output) \(run.errors)")
                #expect(
                    (run.errors + run.output).contains(try Regex(change.meanwhile.words)),
                    "\(change): \(run.output) \(run.errors)")
                if change.destroys { continue }
                let again = try account.start(["restart", "-n", namespace])
                #expect(try await again.end(seconds: 40) == 0, "\(change): \(again.errors)")
                #expect(try cluster.patches(in: namespace) == [200], "\(change)")
            }
        }
    }

    @Test func aWatchOutlivesThem() async throws {
        try await TestCluster.own { cluster in
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
                try await watch.wait("before \(change)", seconds: 90) { restarted(before) }
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
        // No garbage collector runs here.
        _ = try await cluster.request(.delete, "/apis/apps/v1/namespaces/\(namespace)/replicasets")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
    }

    private func begin(
        _ change: Change, _ cluster: TestCluster, _ account: ServiceAccount, _ namespace: String
    ) async throws {
        switch change {
        case .definitionRemoved:
            let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/rollouts.argoproj.io"
            _ = try await cluster.request(.delete, path)
            try await cluster.wait("the definition is gone") { try await cluster.request(.get, path).status == 404 }
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

/// A service account with the rights of `healer`, and a kubeconfig that reads its token from a file.
private struct ServiceAccount {
    private let cluster: TestCluster
    private let folder: String
    private static let account = "/api/v1/namespaces/default/serviceaccounts"
    private static let binding = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings"

    init(_ cluster: TestCluster) async throws {
        self.cluster = cluster
        folder = cluster.folder + "/account"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let config = """
            current-context: c
            contexts: [{name: c, context: {cluster: c, user: u}}]
            clusters: [{name: c, cluster: {server: "\(cluster.server)", certificate-authority: ../ca.crt}}]
            users: [{name: u, user: {tokenFile: token}}]
            """
        try PrivateFile.write(config, to: folder + "/config")
        try await giveToken()
        try await setRights(true)
    }

    func start(_ arguments: [String]) throws -> RunningPlugin {
        try RunningPlugin(TestCluster.binary, arguments, environment: ["KUBECONFIG": folder + "/config"])
    }

    func giveToken() async throws {
        _ = try await cluster.request(.post, Self.account, ObjectFixture(["metadata": ["name": "tester"]]).json)
        let answer = try await cluster.request(.post, Self.account + "/tester/token", ObjectFixture(["spec": [:]]).json)
        let status = try cluster.object(answer.body)["status"] as? [String: Any]
        try PrivateFile.write(status?["token"] as? String ?? "", to: folder + "/token")
    }

    /// The API server believes a token that it has seen for ten seconds more.
    func revokeToken() async throws {
        let token = try String(contentsOfFile: folder + "/token", encoding: .utf8)
        _ = try await cluster.request(.delete, Self.account + "/tester")
        let review = ObjectFixture(["spec": ["token": token]]).json
        try await cluster.wait("the token is worth nothing") {
            let answer = try await cluster.request(.post, "/apis/authentication.k8s.io/v1/tokenreviews", review)
            let status = try cluster.object(answer.body)["status"] as? [String: Any]
            return status?["authenticated"] as? Bool != true
        }
    }

    func setRights(_ areGiven: Bool) async throws {
        if areGiven {
            let subject = ["kind": "ServiceAccount", "name": "tester", "namespace": "default"]
            let role = ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "healer"]
            _ = try await cluster.request(
                .post, Self.binding,
                ObjectFixture(["metadata": ["name": "tester"], "subjects": [subject], "roleRef": role]).json)
        } else {
            _ = try await cluster.request(.delete, Self.binding + "/tester")
        }
        let attributes = ["verb": "list", "group": "argoproj.io", "resource": "rollouts"]
        let review = ObjectFixture([
            "spec": ["user": "system:serviceaccount:default:tester", "resourceAttributes": attributes]
        ]).json
        try await cluster.wait("the rights have changed") {
            let answer = try await cluster.request(
                .post, "/apis/authorization.k8s.io/v1/subjectaccessreviews", review)
            let status = try cluster.object(answer.body)["status"] as? [String: Any]
            return status?["allowed"] as? Bool == areGiven
        }
    }
}

extension TestCluster {
    fileprivate func object(_ json: [UInt8]) throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any] ?? [:]
    }

    fileprivate func wait(_ what: String, until isTrue: () async throws -> Bool) async throws {
        for _ in 0..<400 {
            if try await isTrue() { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw RunningPlugin.Timeout(description: "not so after 20 s: \(what)")
    }

    /// What the namespace controller does, which does not run here: everything in it goes first.
    fileprivate func deleteNamespace(_ name: String) async throws {
        for path in [
            "/apis/argoproj.io/v1alpha1/namespaces/\(name)/rollouts", "/apis/apps/v1/namespaces/\(name)/replicasets",
        ] {
            _ = try await request(.delete, path)
        }
        let path = "/api/v1/namespaces/\(name)"
        _ = try await request(.delete, path)
        var namespace = try object(try await request(.get, path).body)
        namespace["spec"] = ["finalizers": [String]()]
        _ = try await request(.put, path + "/finalize", ObjectFixture(namespace).json)
        try await wait("namespace \(name) is gone") { try await request(.get, path).status == 404 }
    }
}
