import HTTPTransport
import TestSupport
import Testing

@testable import Commands

/// A Rollout is found by name in any namespace; commands that write act only on the requested one.
@Suite struct NamedRolloutTests {
    private let objects: [ObjectFixture] = [
        .rollout("web", namespace: "shop"), .rollout("cart", namespace: "shop"), .rollout("cart", namespace: "stage"),
        .rollout("well", namespace: "stage", status: ["phase": "Healthy"]),
    ]

    private func patches(_ stage: Stage) -> Int { stage.cluster.requests(.patch, "rollouts").count }

    @Test func whatIsElsewhereIsShownWithItsPlace() async {
        for command in ["list web -n stage --no-headers", "list rollout/web -n stage --no-headers"] {
            let run = await Stage(objects).run(command)
            #expect(run.status == 0 && run.out.hasPrefix("shop   web   "), "\(run)")
            #expect(run.err == "Rollout web is not in namespace stage but in shop\n")
        }
        let explained = await Stage(objects).run("explain web -n stage")
        #expect(explained.status == 0 && explained.err == "Rollout web is not in namespace stage but in shop\n")
        #expect(explained.out.contains("shop"))
    }

    @Test func whatIsInSeveralPlacesIsListedInTheHint() async {
        let run = await Stage(objects).run("list cart -n other")
        #expect(run.status == 1 && run.out.isEmpty)
        #expect(run.err.hasSuffix("hint: it is in namespaces shop, stage: name it as NAMESPACE/cart\n"))
    }

    @Test(arguments: ["restart web --yes", "heal web --yes", "refresh web"])
    func whatWritesActsOnNothingElsewhere(command: String) async {
        let stage = Stage(objects)
        let run = await stage.run(command + " -n stage")
        #expect(run.status == 1 && patches(stage) == 0)
        #expect(
            run.err.contains("(NotFound)") && run.err.contains("hint: it is in namespace shop: name it as shop/web\n"))
    }

    @Test func aNameMayCarryItsNamespace() async {
        let run = await Stage(objects).run("list shop/cart stage/cart --no-headers -n default")
        #expect(run.status == 0 && run.out.hasPrefix("shop    cart   ") && run.out.contains("\nstage   cart   "))
        let stage = Stage(objects)
        let restarted = await stage.run("restart shop/web -n default --dry-run=client -o json")
        #expect(restarted.out.contains("\"namespace\": \"shop\""), "\(restarted)")
    }

    @Test func namesFilterAllNamespacesAndSelections() async {
        let all = await Stage(objects).run("list -A cart well --no-headers")
        #expect(all.status == 0 && all.out.split(separator: "\n").count == 3 && all.err.isEmpty)
        let none = await Stage(objects).run("list -A nosuch")
        #expect(none == (0, "", "No rollouts found.\n"))
        #expect(await Stage(objects).run("list -A shop/cart").status == 2)
        #expect(await Stage(objects).run("restart -A cart --yes").status == 2)
    }
}
