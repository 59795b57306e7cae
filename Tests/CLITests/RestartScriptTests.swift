import HTTPTransport
import TestSupport
import Testing

@testable import CLI

/// The program in the place of a script that a Sensor's Job calls.
@Suite struct RestartScriptTests {
    private static let tracked = [
        "annotations": ["argocd.argoproj.io/tracking-id": "store:argoproj.io/Rollout:shop/api"]
    ]
    private static let labelled = ["labels": ["app.kubernetes.io/instance": "blog"]]

    /// `api` is of application store, `web` of blog, `cron` of none.
    private let stage = Stage([
        .rollout("api", metadata: Self.tracked), .rollout("web", metadata: Self.labelled), .rollout("cron"),
    ])

    private var patched: Set<String> {
        Set(stage.cluster.requests(.patch, "rollouts").map { String($0.url.split(separator: "/").last ?? "").name })
    }

    @Test(
        arguments: [
            ("store", ["api"]), ("blog", ["web"]), ("gone", ["api", "web", "cron"]), ("", ["api", "web", "cron"]),
        ] as [(String, Set<String>)])
    func theApplicationsRolloutsOrAllOfTheNamespace(application: String, expected: Set<String>) async {
        let run = await stage.runScript(["default", "shop", application, "Degraded"], isTerminal: true)
        #expect(run.status == 0 && patched == expected)
        #expect(run.err.contains("no Rollout in namespace shop belongs") == (application == "gone"))
    }

    @Test func anApplicationThatIsWellIsNoReasonToRestartAnother() async {
        let stage = Stage([
            .rollout("api", status: ["phase": "Healthy", "message": ""], metadata: Self.tracked), .rollout("web"),
        ])
        let run = await stage.runScript(["default", "shop", "store", "Degraded"])
        #expect(run.status == 0 && run.err == "No degraded rollouts found in shop namespace.\n")
        #expect(stage.cluster.requests(.patch, "rollouts").isEmpty)
    }

    @Test(arguments: ["Healthy", "Progressing", "degraded", "", "--help", "Degraded\n", "$(id)", "health"])
    func anyOtherHealthIsNothingToDo(health: String) async {
        let run = await stage.runScript(["default", "shop", "store", health])
        #expect(run.status == 0 && run.out.isEmpty && stage.cluster.requests.isEmpty)
    }

    @Test(arguments: [
        "", "--all-namespaces", "-A", "../x", String(repeating: "x", count: 300), "shop\n", "shop other", "$(id)",
        "größe",
        "*", "Shop",
    ])
    func aNamespaceThatIsNoneIsRefused(namespace: String) async {
        let run = await stage.runScript(["default", namespace, "store", "Degraded"])
        #expect(run.status == 2 && run.err.hasPrefix("error: invalid namespace ") && stage.cluster.requests.isEmpty)
    }

    @Test(arguments: ["--all-namespaces", "-n=kube-system", "../x", "$(id)", "a,b", "größe", "x\u{1b}[31m", "--"])
    func otherTextsAreData(text: String) async {
        let run = await stage.runScript([text, "shop", text, "Degraded"])
        #expect(run.status == 0 && patched == ["api", "web", "cron"] && !run.err.contains("\u{1b}"))
        #expect(stage.cluster.requests.allSatisfy { $0.url.contains("/namespaces/shop/") })
    }

    @Test(arguments: [[], ["--help"], ["p", "shop", "a"], ["p", "shop", "a", "Degraded", "--all-namespaces"]])
    func fourArgumentsAndNoOthers(arguments: [String]) async {
        let run = await stage.runScript(arguments)
        #expect(run.status == 2 && run.err.contains("takes four arguments") && stage.cluster.requests.isEmpty)
    }
}

@Suite struct ApplicationFlagTests {
    private let stage = Stage([
        .rollout("api", metadata: ["labels": ["app.kubernetes.io/instance": "argo-apps_store"]]), .rollout("web"),
    ])

    @Test func onlyTheApplicationsRollouts() async {
        let run = await stage.run("restart --argocd-app store")
        #expect(run.status == 0 && run.out == "rollout.argoproj.io/api restarted\n")
    }

    @Test func anApplicationWithoutRolloutsIsSaid() async {
        let run = await stage.run("restart --argocd-app stor")
        #expect(run.status == 0 && run.out.isEmpty)
        #expect(run.err.hasPrefix("warning: no Rollout in namespace shop belongs to Argo CD application \"stor\"\n"))
    }

    @Test(arguments: ["restart --argocd-app=", "restart api --argocd-app store"])
    func anUnfilledOrContradictedOneIsRefused(line: String) async {
        #expect(await stage.run(line).status == 2 && stage.cluster.requests.isEmpty)
    }
}

extension String {
    /// Without a query.
    fileprivate var name: String { String(prefix { $0 != "?" }) }
}
