import HTTPTransport
import KubeConfig
import TestSupport
import Testing

@testable import Commands

@Suite struct RequestLimitTests {
    /// With room for one request, a hundred a minute: each but the first waits.
    @Test func aCommandKeepsToItsLimit() async {
        let stage = Stage([.rollout("cart"), .rollout("api")])
        #expect(await stage.run("explain cart api --qps 0.5 --burst 1").status == 0)
        let requests = stage.cluster.requests.count
        #expect(requests > 1)
        #expect(stage.time.elapsed >= .seconds(2 * (requests - 1)))
    }

    @Test(arguments: ["", " --qps 0 --burst 1", " --qps=-1 --burst 1"]) func fewRequestsNeedNotWait(flags: String) async
    {
        let stage = Stage([.rollout("cart"), .rollout("api")])
        #expect(await stage.run("explain cart api" + flags).status == 0)
        #expect(stage.time.sleeps.isEmpty)
    }

    @Test(arguments: ["--qps many", "--qps nan", "--burst 0", "--qps 0.001"])
    func aBadLimitIsRefusedByEveryCommand(flags: String) async {
        for command in ["list", "explain cart", "heal", "refresh cart", "restart", "watch"] {
            let stage = Stage([.rollout("cart")])
            let run = await stage.run("\(command) \(flags)")
            #expect(run.status == 2 && run.err.hasPrefix("error: invalid value"), "\(command): \(run.err)")
            #expect(stage.cluster.requests.isEmpty)
        }
    }

    @Test(arguments: ["list", "explain cart", "heal --yes --settle 0", "refresh cart", "restart --yes --settle 0"])
    func theServerIsToldVersionAndCommand(words: String) async throws {
        let stage = Stage([.rollout("cart")], controller: .heals)
        _ = await stage.run(words)
        let command = try #require(words.split(separator: " ").first)
        let agents = Set(stage.cluster.requests.map { $0.headers["User-Agent"] ?? "" })
        #expect(agents == ["kubectl-rollout-heal/\(BuildInfo.version) (\(BuildInfo.platform)) \(command)"])
    }
}

@Suite struct WithoutArgoRolloutsTests {
    @Test(arguments: [
        "list", "list -A", "explain cart", "heal", "heal cart", "refresh cart", "restart", "restart cart",
    ])
    func itIsNamedAsMissing(words: String) async {
        let stage = Stage { _, _ in
            .success(.scripted(404, headers: ["Content-Type": "text/plain"], body: "404 page not found\n"))
        }
        let run = await stage.run(words)
        #expect(run.status == 1)
        #expect(
            run.err.hasSuffix(
                """
                error: the server doesn't have a resource type "rollouts"
                hint: Argo Rollouts is not installed on this cluster: there is no CustomResourceDefinition \
                rollouts.argoproj.io; install it, or choose another cluster with --context

                """))
    }
}
