import TestSupport
import Testing

@testable import Commands

/// `explain` for several Rollouts, a whole scope, a file, and in JSON and YAML.
@Suite struct ExplainTests {
    private let objects: [ObjectFixture] = [
        .rollout("web"), .rollout("cart", namespace: "stage"), .rollout("well", status: ["phase": "Healthy"]),
        .rollout("paused", spec: ["paused": true]),
    ]

    private func names(_ out: String) -> [String] {
        out.split(separator: "\n").filter { $0.hasPrefix("Name:") }.map {
            $0.split(separator: " ").last.map(String.init) ?? ""
        }
    }

    @Test func severalNamesAreSeveralScreens() async {
        let run = await Stage(objects).run("explain well stage/cart rollout.argoproj.io/web")
        #expect(run.status == 0 && run.err.isEmpty && names(run.out) == ["well", "cart", "web"])
        #expect(run.out.contains("Nothing is wrong: no action is needed.\n\n\nName:"))
        #expect(run.out.hasSuffix("kubectl rollout-heal heal web -n shop\n"))
    }

    @Test func withoutNamesThoseThatNeedAttention() async {
        #expect(names(await Stage(objects).run("explain").out) == ["paused", "web"])
        #expect(names(await Stage(objects).run("explain -A").out) == ["paused", "web", "cart"])
        #expect(names(await Stage(objects).run("explain -A cart well").out) == ["cart", "well"])
        #expect(await Stage(objects).run("explain -A nosuch") == (0, "", "No rollouts found.\n"))
        let none = await Stage(objects).run("explain -n other")
        #expect(none == (0, "", "No Rollout needs healing in other namespace.\n"))
        let other = ObjectFixture.rollout("mute", status: ["message": "something else", "conditions": [String]()])
        #expect(
            await Stage([other]).run("explain").err.hasPrefix(
                "1 Rollout in shop namespace is Degraded for other reasons"))
    }

    @Test func oneThatIsMissingDoesNotHideTheOthers() async {
        let run = await Stage(objects).run("explain nosuch web")
        #expect(run.status == 1 && names(run.out) == ["web"] && run.err.contains("not found"))
    }

    @Test(arguments: [
        ("explain -A shop/web", "shop/web names a namespace, and cannot be used with --all-namespaces or --selector"),
        ("explain -f x -l a=b", "--selector and --filename cannot be used together"),
        (
            "explain -o wide",
            "unable to match a printer suitable for the output format \"wide\", allowed formats are: json,yaml"
        ),
        ("explain web -n a/b", "invalid namespace \"a/b\""),
        ("explain --cooldown soon", "invalid value \"soon\" for --cooldown"),
    ])
    func errorsNameTheFlag(line: String, message: String) async {
        let run = await Stage(objects).run(line)
        #expect(run.status == 2 && run.out.isEmpty && run.err.hasPrefix("error: \(message)"), "\(run)")
    }

    private func file(_ line: String, _ objects: [ObjectFixture]) async -> (status: Int32, out: String, err: String) {
        let stage = Stage()
        let run = await stage.run(line, input: ObjectFixture.list(objects, kind: "List"))
        #expect(stage.cluster.requests.isEmpty)
        return run
    }

    @Test func aFileIsExplainedWithoutACluster() async {
        let ill = ObjectFixture.rollout("ill").believing([.replicaSet(of: "ill", available: 1)])
        let pod = ObjectFixture([
            "apiVersion": "v1", "kind": "Pod",
            "metadata": [
                "name": "ill-1", "namespace": "shop",
                "ownerReferences": [["kind": "ReplicaSet", "name": "ill-7d9f5c", "uid": "uid-ill-7d9f5c"]],
            ],
            "status": [
                "containerStatuses": [["name": "app", "image": "a", "state": ["waiting": ["reason": "ErrImagePull"]]]]
            ],
        ])
        let saved = objects + [ill, .replicaSet(of: "ill", available: 1), pod, .replicaSet()]
        #expect(names(await file("explain -f -", saved).out) == ["ill", "paused", "web", "cart"])
        #expect(names(await file("explain -f - -n stage", saved).out) == ["cart"])
        let named = await file("explain well shop/ill -f -", saved)
        #expect(named.status == 0 && names(named.out) == ["well", "ill"])
        #expect(named.out.contains("Pods:         ill-1: ErrImagePull (container app: image a)\n"))
        #expect(
            await file("explain cart -f -", saved).out.contains(
                "ReplicaSets:  the file contains none of this Rollout\n"))
        let missing = await file("explain nosuch -f - -n shop", saved)
        #expect(missing == (1, "", "error: stdin: it contains no Rollout nosuch in namespace shop\n"))
        #expect(
            await file("explain -f -", [.replicaSet()]).err == "error: stdin: it contains no Rollout, only ReplicaSet\n"
        )
        #expect(await Stage().run("explain -f /nosuch-file").status == 1)
    }

    @Test func jsonHoldsTheWholeScreen() async {
        let run = await Stage(objects).run("explain web well -o json")
        #expect(run.status == 0)
        #expect(
            run.out.hasPrefix(
                "{\n    \"apiVersion\": \"rollout-heal/v1\",\n    \"kind\": \"ExplanationList\",\n    \"policy\": \"strict\",\n"
            ))
        for text in [
            "\"counter\": \"replicas\",\n                    \"status\": 5,\n                    \"live\": 5,\n                    \"holds\": true",
            "\"name\": \"web-7d9f5c\",\n                    \"current\": true,\n                    \"replicas\": 5,",
            "\"command\": \"kubectl rollout-heal heal web -n shop\"", "\"pods\": null", "\"command\": null",
            "\"conclusion\": \"Nothing is wrong: no action is needed\"",
        ] { #expect(run.out.contains(text), "\(text) in \(run.out)") }
        let empty = await Stage().run("explain -A -o yaml --policy rule")
        #expect(
            empty.out == "apiVersion: rollout-heal/v1\nkind: ExplanationList\npolicy: rule\nitems: []\n"
                && empty.status == 0)
    }
}
