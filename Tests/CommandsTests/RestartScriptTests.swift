import HTTPTransport
import TestSupport
import Testing

@testable import Commands

/// The program in place of the script that a Sensor's Job calls.
@Suite struct RestartScriptTests {
    private static let tracked = [
        "annotations": ["argocd.argoproj.io/tracking-id": "store:argoproj.io/Rollout:shop/api"]
    ]
    private static let labelled = ["labels": ["app.kubernetes.io/instance": "blog"]]

    /// `api` is tracked by application store, `web` by blog, `cron` by none.
    private let stage = Stage([
        .rollout("api", metadata: Self.tracked), .rollout("web", metadata: Self.labelled), .rollout("cron"),
    ])
    private static let unmarked = "no Rollout in namespace shop is tracked by any Argo CD Application; all Rollouts"

    @Test(arguments: [("store", ["api"]), ("blog", ["web"])] as [(String, Set<String>)])
    func theApplicationsRollouts(application: String, expected: Set<String>) async {
        let run = await stage.runScript(["default", "shop", application, "Degraded"], isTerminal: true)
        // No controller runs: the refresh does not help, and the restart is not carried out.
        #expect(run.status == 4 && stage.patched == expected)
        #expect(!run.err.contains("no Rollout in namespace"))
    }

    @Test(arguments: ["gone", "", "tore", "store_"])
    func nobodysWhereThereAreMarks(application: String) async {
        let run = await stage.runScript(["default", "shop", application, "Degraded"], isTerminal: true)
        #expect(run.status == 0 && stage.patched.isEmpty)
        #expect(
            run.err.contains(
                "warning: no Rollout in namespace shop belongs to Argo CD Application \"\(application)\"; nothing was changed\n"
            ))
    }

    /// Without tracking, all Rollouts of the namespace are selected, as by the original script.
    @Test(arguments: ["store", ""]) func allOfANamespaceWithoutMarks(application: String) async {
        let copied = ["annotations": ["argocd.argoproj.io/tracking-id": "blog:argoproj.io/Rollout:shop/another"]]
        let stage = Stage([.rollout("api"), .rollout("web", metadata: copied)])
        let run = await stage.runScript(["default", "shop", application, "Degraded"])
        #expect(run.status == 4 && stage.patched == ["api", "web"] && run.err.contains(Self.unmarked))
    }

    /// The tracking of one healthy Rollout, in any form and list position, shows that the namespace is tracked.
    @Test(arguments: ["a-well", "z-well"], Mark.allCases)
    func oneMarkOfAHealthyRolloutIsEnough(name: String, mark: Mark) async {
        let status: [String: Any] = ["phase": "Healthy", "message": ""]
        let stage = Stage([
            .rollout("web"), .rollout(name, status: status, metadata: mark.metadata(of: "blog", on: name)),
        ])
        let run = await stage.runScript(["default", "shop", "store", "Degraded"])
        #expect(run.status == 0 && stage.patched.isEmpty && run.err.contains("nothing was changed"))
    }

    /// The tracking of an unreadable Rollout counts; if its metadata is unreadable, too, it may be tracked.
    @Test(arguments: [true, false]) func whatCannotBeReadDoesNotWiden(isMarked: Bool) async {
        let metadata: [String: Any] = ["labels": isMarked ? ["app.kubernetes.io/instance": "blog"] : 5]
        let stage = Stage([.rollout("web"), .rollout("odd", status: ["replicas": "many"], metadata: metadata)])
        let run = await stage.runScript(["default", "shop", "store", "Degraded"])
        #expect(stage.patched.isEmpty && run.err.contains("nothing was changed"))
    }

    @Test func anApplicationThatIsWellIsNoReasonToRestartAnother() async {
        let stage = Stage([
            .rollout("api", status: ["phase": "Healthy", "message": ""], metadata: Self.tracked), .rollout("web"),
        ])
        let run = await stage.runScript(["default", "shop", "store", "Degraded"])
        #expect(run.status == 0 && run.err == "No Rollout needs healing in shop namespace.\n")
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
        #expect(run.status == 0 && stage.patched.isEmpty && !run.err.contains("\u{1b}"))
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
        let run = await stage.run("restart --argocd-app store --wait=false --yes")
        #expect(run.status == 0 && run.out == "rollout.argoproj.io/api restarted\n")
    }

    @Test(arguments: ["restart", "heal"], Mark.allCases) func eachMarkIsRead(command: String, mark: Mark) async {
        let stage = Stage([
            .rollout("api", metadata: mark.metadata(of: "store", on: "api")),
            .rollout(
                "copy",
                metadata: ["annotations": Mark.annotation.metadata(of: "store", on: "api")["annotations"] ?? [:]]),
            .rollout("cron"), .rollout("web", metadata: mark.metadata(of: "blog", on: "web")),
        ])
        let run = await stage.run("\(command) --argocd-app store")
        #expect(stage.patched == ["api"] && run.err.contains("no Rollout") == false)
    }

    /// An unknown application never selects the whole namespace, tracked or not.
    @Test(
        arguments: ["restart", "heal"],
        [[:], ["labels": ["argocd.argoproj.io/instance": "store"]]] as [[String: [String: String]]])
    func anApplicationWithoutRolloutsIsSaid(command: String, metadata: [String: [String: String]]) async {
        let stage = Stage([.rollout("api", metadata: metadata), .rollout("web")])
        let run = await stage.run("\(command) --argocd-app stor")
        #expect(run.status == 0 && run.out.isEmpty && stage.patched.isEmpty)
        #expect(
            run.err.hasPrefix(
                "warning: no Rollout in namespace shop belongs to Argo CD Application \"stor\"; nothing was changed\n"))
    }

    @Test(arguments: ["restart --argocd-app=", "restart api --argocd-app store"])
    func anUnfilledOrContradictedOneIsRefused(line: String) async {
        #expect(await stage.run(line).status == 2 && stage.cluster.requests.isEmpty)
    }
}

/// The ways in which Argo CD marks tracked objects.
enum Mark: CaseIterable {
    case ownLabel, sharedLabel, annotation

    func metadata(of application: String, on name: String) -> [String: [String: String]] {
        switch self {
        case .ownLabel: ["labels": ["argocd.argoproj.io/instance": application]]
        case .sharedLabel: ["labels": ["app.kubernetes.io/instance": application]]
        case .annotation:
            ["annotations": ["argocd.argoproj.io/tracking-id": "\(application):argoproj.io/Rollout:shop/\(name)"]]
        }
    }
}

extension Stage {
    /// Rollouts that were patched, or whose ReplicaSets were.
    fileprivate var patched: Set<String> {
        Set(
            cluster.requests.filter { $0.method == .patch }.compactMap { request in
                let parts = request.url.split(separator: "?")[0].split(separator: "/").map(String.init)
                let place = parts.firstIndex { ["rollouts", "replicasets"].contains($0) }
                return place.map { parts[$0 + 1].replacing("-7d9f5c", with: "") }
            })
    }
}
