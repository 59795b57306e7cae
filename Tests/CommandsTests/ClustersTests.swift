import Foundation
import HTTPTransport
import KubeConfig
import TestSupport
import Testing

@testable import Commands

/// `list --contexts`: several clusters, distinguished by their servers.
@Suite struct ClustersTests {
    private static let kubeconfig = """
        current-context: stage
        clusters:
        - {name: us, cluster: {server: "https://us:6443"}}
        - {name: eu, cluster: {server: "https://eu:6443"}}
        contexts:
        - {name: prod-us, context: {cluster: us, namespace: shop, user: a}}
        - {name: prod-eu, context: {cluster: eu, namespace: shop, user: b}}
        - {name: stage, context: {cluster: eu, namespace: stage}}
        - {name: broken, context: {cluster: gone}}
        users:
        - {name: a, user: {token: for-us}}
        - {name: b, user: {token: for-eu}}
        """

    private func stage(
        _ rollouts: [ObjectFixture], before: @escaping FakeCluster.Hook = { _, _ in nil }
    ) -> Stage {
        Stage(rollouts, kubeconfig: Self.kubeconfig, before: before)
    }

    private static let euIsDown: FakeCluster.Hook = { request, _ in
        request.url.hasPrefix("https://eu:") ? .failure(.connectionRefused(host: "eu", port: 6443)) : nil
    }

    @Test func oneTableByContext() async {
        let run = await stage([.rollout("cart")]).run("list --contexts prod-*")
        #expect(run.status == 0 && run.err.isEmpty)
        #expect(
            run.out == """
                CLUSTER   NAME   PHASE      READY   DIAGNOSIS   FOR   LAST-RESTART
                prod-eu   cart   Degraded   5/5     stuck       60m   -
                prod-us   cart   Degraded   5/5     stuck       60m   -

                """)
    }

    @Test func namespacesAreShownWhereTheyDiffer() async {
        let stage = stage([.rollout("cart"), .rollout("web", namespace: "stage")])
        let run = await stage.run("list --contexts stage --contexts prod-eu")
        #expect(run.out.hasPrefix("CLUSTER   NAMESPACE   NAME   "))
        #expect(run.out.contains("prod-eu   shop        cart   ") && run.out.contains("stage     stage       web    "))
        #expect(await stage.run("list --contexts stage,prod-eu -n shop").out.hasPrefix("CLUSTER   NAME   "))
        let everywhere = await stage.run("list --contexts stage,prod-us -A -o wide")
        #expect(everywhere.out.hasPrefix("CLUSTER   NAMESPACE   NAME   "))
        #expect(everywhere.out.split(separator: "\n").count == 5)
    }

    @Test func eachIsAskedAsItsOwnUser() async {
        let stage = stage([.rollout("cart")])
        _ = await stage.run("list --contexts prod-*")
        for request in stage.cluster.requests {
            let token = request.url.hasPrefix("https://us:") ? "for-us" : "for-eu"
            #expect(request.headers["Authorization"] == "Bearer \(token)")
        }
        #expect(Set(stage.cluster.requests.map { $0.url.prefix(14) }) == ["https://us:644", "https://eu:644"])
    }

    @Test func itemsCarryTheirCluster() async throws {
        let stage = stage([.rollout("cart")])
        let run = await stage.run("list --contexts prod-* -o json")
        let document = try #require(JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any])
        let items = try #require(document["items"] as? [[String: Any]])
        #expect(items.map { $0["cluster"] as? String } == ["prod-eu", "prod-us"])
        #expect(items.map { $0["name"] as? String } == ["cart", "cart"])
        #expect(await stage.run("list --contexts prod-us -o yaml").out.contains("- cluster: prod-us\n"))
        #expect(await stage.run("list -n shop -o json").out.contains("cluster") == false)
    }

    /// Names alone would not distinguish Rollouts of two clusters.
    @Test func namesAloneAreRefused() async {
        let stage = stage([.rollout("cart")])
        let run = await stage.run("list --contexts prod-* -o name")
        #expect(
            run == (2, "", "error: -o name does not say which cluster: use -o json with --contexts\n"))
        #expect(stage.cluster.requests.isEmpty)
    }

    /// An unreachable cluster does not delay the others by the 30 s connect timeout of a single cluster.
    @Test func connectingIsBounded() async {
        let stage = stage([.rollout("cart")])
        _ = await stage.run("list --contexts prod-*")
        #expect(!stage.connectTimeouts.isEmpty && stage.connectTimeouts.allSatisfy { $0 == .seconds(10) })
        _ = await stage.run("list --context prod-us")
        #expect(stage.connectTimeouts.last == .seconds(30))
    }

    @Test func oneThatIsDownIsOneLineAndTheOthersAreShown() async {
        let run = await stage([.rollout("cart")], before: Self.euIsDown).run("list --contexts prod-* --exit-code")
        #expect(run.status == 1)
        #expect(run.out.contains("prod-us   cart") && !run.out.contains("prod-eu"))
        #expect(
            run.err == "error: prod-eu: The connection to the server eu:6443 was refused - "
                + "did you specify the right host or port?\n")
    }

    @Test func failuresOfSeveralAreRankedAsEver() async {
        let run = await stage([.rollout("cart")]) { request, cluster in
            request.url.hasPrefix("https://us:")
                ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }.run("list --contexts prod-*")
        #expect(run.status == 3)
        #expect(run.err == "error: prod-us: Error from server (Forbidden): no\n")
        let both = await stage([]) { request, _ in
            request.url.hasPrefix("https://us:")
                ? .success(FakeCluster.failure(403, "Forbidden", "no"))
                : .failure(.connectionRefused(host: "eu", port: 6443))
        }.run("list --contexts prod-*")
        #expect(both.status == 1 && both.out.isEmpty)
        #expect(both.err.split(separator: "\n").count == 2)
        let broken = await stage([.rollout("cart")]).run("list --contexts broken,prod-us")
        #expect(broken.status == 1 && broken.out.contains("prod-us"))
        #expect(broken.err.hasPrefix("error: broken: ") && broken.err.split(separator: "\n").count == 1)
    }

    @Test func aHintStandsInTheSameLine() async {
        let run = await stage([.rollout("cart")]) { request, _ in
            request.url.hasPrefix("https://eu:") ? .success(FakeCluster.failure(401, "Unauthorized", "no")) : nil
        }.run("list --contexts prod-*")
        #expect(
            run.err == "error: prod-eu: You must be logged in to the server (Unauthorized) "
                + "(the credential of the current user is missing, wrong or expired)\n")
    }

    @Test func aNameThatIsInOneOnly() async {
        let run = await stage([.rollout("web", namespace: "stage")]) { request, _ in
            request.url.hasPrefix("https://us:")
                ? .success(FakeCluster.failure(404, "NotFound", "rollouts.argoproj.io \"web\" not found")) : nil
        }.run("list web --contexts stage,prod-us")
        #expect(run.status == 1)
        #expect(run.out.contains("stage     web"))
        #expect(run.err.hasPrefix("error: prod-us: Error from server (NotFound): "))
    }

    @Test func noneFoundIsSaidOfThoseThatAnswered() async {
        let none = stage([])
        #expect(
            await none.run("list --contexts prod-*").err
                == "No Rollout needs healing in shop namespace of 2 clusters.\n")
        #expect(await none.run("list --contexts * -A").err.contains("needs healing in the 3 clusters that answered.\n"))
        #expect(await none.run("list --contexts stage,prod-us").err == "No Rollout needs healing in 2 clusters.\n")
        #expect(await none.run("list --contexts stage -A").err == "No Rollout needs healing in 1 cluster.\n")
    }

    @Test func warningsNameTheirCluster() async {
        let run = await stage([.rollout("cart")]) { request, _ in
            request.url.contains("/replicasets") && request.url.hasPrefix("https://us:")
                ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }.run("list --contexts prod-*")
        #expect(run.out.contains("unproven") && run.out.contains("stuck"))
        #expect(run.err.hasPrefix("prod-us: warning: ReplicaSets in namespace shop cannot be read"))
        #expect(run.err.split(separator: "\n").allSatisfy { $0.hasPrefix("prod-us: ") })
    }

    @Test func whatMatchesNothingNamesThePatternAndTheContexts() async {
        let stage = stage([.rollout("cart")])
        let run = await stage.run("list --contexts test-*")
        #expect(
            run == (
                1, "",
                "error: no context matches \"test-*\"\nhint: known contexts: prod-us, prod-eu, stage, broken\n"
            ))
        #expect(stage.cluster.requests.isEmpty)
    }

    /// A flag not listed as harmless is refused with several clusters.
    @Test(arguments: ConnectionFlag.all.filter { !harmless.contains($0.name) }.map { "--\($0.name)" } + ["--filename"])
    func whatBelongsToOneClusterIsRefused(flag: String) async {
        let stage = stage([.rollout("cart")])
        let value = flag == "--insecure-skip-tls-verify" ? "" : " x"
        let run = await stage.run("list --contexts prod-* \(flag)\(value)")
        #expect(run.status == 2 && run.err == "error: --contexts and \(flag) cannot be used together\n")
        #expect(stage.cluster.requests.isEmpty)
    }

    private static let harmless: Set = [
        "namespace", "kubeconfig", "request-timeout", "disable-compression", "as", "as-uid", "as-group", "qps",
        "burst",
    ]

    @Test func whatSuitsSeveralClustersIsNotRefused() async {
        #expect(Set(ConnectionFlag.all.filter(\.suitsSeveralClusters).map(\.name)) == Self.harmless)
        let run = await stage([.rollout("cart")]).run(
            "list --contexts prod-* -n shop --kubeconfig /config --request-timeout 9 --disable-compression --as me "
                + "--as-uid 1 --as-group g --qps 9 --burst 9 -v 0")
        #expect(run.status == 0 && run.out.contains("prod-us   cart") && run.err.isEmpty)
    }

    @Test(arguments: ["--contexts ''", "--contexts=", "--contexts a,,b", "--contexts a,"])
    func anEmptyPatternIsRefused(flag: String) async {
        let run = await stage([]).run("list \(flag)")
        #expect(run.status == 2 && run.err.contains("for --contexts: a pattern is empty\n"))
    }

    @Test func otherCommandsTakeOneCluster() async {
        for command in ["restart", "watch", "explain web"] {
            #expect(await stage([]).run("\(command) --contexts *").status == 2)
        }
    }
}
