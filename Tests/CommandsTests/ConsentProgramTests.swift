import Foundation
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// `--opt-in`, `--window` and `--namespace-selector` on the command line. It is Sunday noon.
@Suite struct ConsentProgramTests {
    /// Answers requests for namespaces: their labels, or 403 if nil.
    private func stage(_ rollouts: [ObjectFixture], namespaces: [String: [String: String]]?) -> Stage {
        Stage(rollouts, controller: .heals) { request, _ in
            guard let path = URLComponents(string: request.url)?.path, path.hasPrefix("/api/v1/namespaces"),
                path.split(separator: "/").count <= 4
            else { return nil }
            guard let namespaces else { return .success(FakeCluster.failure(403, "Forbidden", "you may not")) }
            func object(_ name: String) -> ObjectFixture {
                ObjectFixture(["metadata": ["name": name, "labels": namespaces[name] ?? [:]]])
            }
            let parts = path.split(separator: "/").map(String.init)
            if parts.count == 4 { return .success(FakeCluster.json(object(parts[3]).json)) }
            let selector = URLComponents(string: request.url)?.queryItems?.first { $0.name == "labelSelector" }?.value
            let term = (selector ?? "").split(separator: "=").map(String.init)
            let chosen = namespaces.filter { term.isEmpty || $0.value[term[0]] == term[1] }
            return .success(FakeCluster.json(ObjectFixture.list(chosen.keys.sorted().map(object))))
        }
    }

    private func patched(_ stage: Stage) -> Int {
        stage.cluster.requests(.patch, "rollouts").count + stage.cluster.requests(.patch, "replicasets").count
    }

    @Test(arguments: ["heal", "restart"]) func whatHasNotOptedInIsShownAndLeftAlone(verb: String) async {
        let stage = stage([.rollout()], namespaces: ["shop": [:]])
        let run = await stage.run("\(verb) -n shop --opt-in --settle 0")
        #expect(run.status == 0, "\(run)")
        #expect((run.out + run.err).contains("neither it nor its namespace has rollout-heal/heal"), "\(run)")
        #expect(patched(stage) == 0)
        let named = await stage.run("\(verb) web -n shop --opt-in --settle 0")
        #expect(named.status == 5 && patched(stage) == 0, "\(named)")
    }

    @Test(arguments: [true, false]) func whatHasOptedInIsHealed(byNamespace: Bool) async {
        let labels = ["rollout-heal/heal": "true"]
        let stage = stage(
            [.rollout(metadata: byNamespace ? [:] : ["labels": labels])],
            namespaces: ["shop": byNamespace ? labels : [:]])
        let run = await stage.run("restart web -n shop --opt-in --settle 0")
        #expect(run.status == 0 && patched(stage) == 1, "\(run)")
    }

    /// Also if the refresh comes first: it asks for the same consent.
    @Test func aRefreshBeforeARestartKnowsTheNamespaces() async {
        let stage = Stage([.rollout()], replicaSets: [.replicaSet(of: "web")], controller: .heals) { request, _ in
            request.url.contains("/api/v1/namespaces/shop")
                ? .success(
                    FakeCluster.json(
                        ObjectFixture(["metadata": ["name": "shop", "annotations": ["rollout-heal/heal": "true"]]]).json
                    ))
                : nil
        }
        let run = await stage.run("restart web -n shop --opt-in --settle 0")
        #expect(stage.cluster.requests(.patch, "replicasets").count == 1, "\(run)")
        let refresh = await stage.run("refresh web -n shop --opt-in --force")
        #expect(!refresh.err.contains("rollout-heal/heal"), "\(refresh)")
    }

    /// The question may be open for an hour.
    @Test(arguments: ["heal", "restart"]) func whatWithdrawsWhileAskedIsLeftAlone(verb: String) async {
        let isGiven = Mutex(true)
        let stage = Stage(
            [.rollout("api"), .rollout("web")], replicaSets: [.replicaSet(of: "api"), .replicaSet(of: "web")]
        ) { request, _ in
            guard request.url.hasSuffix("/api/v1/namespaces/shop") else { return nil }
            let labels = isGiven.withLock { $0 } ? ["rollout-heal/heal": "true"] : [:]
            return .success(FakeCluster.json(ObjectFixture(["metadata": ["name": "shop", "labels": labels]]).json))
        }
        let run = await stage.run("\(verb) -n shop --opt-in --settle 0", answer: "y", isTerminal: true) { _ in
            isGiven.withLock { $0 = false }
        }
        #expect(run.err.contains("[y/N]") && patched(stage) == 0, "\(run)")
        #expect(run.out.contains("neither it nor its namespace has rollout-heal/heal"), "\(run)")
    }

    @Test func whoMayNotReadNamespacesIsToldWhatStillCounts() async {
        let stage = stage([.rollout()], namespaces: nil)
        let run = await stage.run("restart -n shop --opt-in --settle 0")
        #expect(run.err.contains("you may not; only Rollouts that have rollout-heal/heal"), "\(run)")
        #expect(patched(stage) == 0)
    }

    @Test(arguments: ["heal", "restart"]) func outsideTheWindowNothingIsRestarted(verb: String) async {
        let stage = stage([.rollout()], namespaces: [:])
        let closed = await stage.run(words: [
            verb, "web", "-n", "shop", "--settle", "0", "--window", "Mon-Fri 08:00-18:00",
        ])
        #expect(closed.status == 5 && patched(stage) == 0, "\(closed)")
        let said = closed.out + closed.err
        #expect(said.contains("outside Mon-Fri 08:00-18:00 UTC; opens at 2026-03-02T08:00:00Z"), "\(said)")
        let words = [
            verb, "web", "-n", "shop", "--settle", "0", "--window", "Mon 08:00-18:00", "--window", "Sun 10:00-14:00",
        ]
        let open = await stage.run(words: words)
        #expect(open.status == 0 && patched(stage) == 1, "\(open)")
    }

    @Test func explainShowsBothGates() async {
        let stage = stage([.rollout()], namespaces: ["shop": [:]])
        let run = await stage.run(words: ["explain", "web", "-n", "shop", "--opt-in", "--window", "Mon 08:00-18:00"])
        #expect(run.out.contains("outside Mon 08:00-18:00 UTC") && run.out.contains("neither it nor its namespace"))
    }

    @Test(arguments: [
        ("heal --window Mon", "invalid value \"Mon\" for --window: Mon is not HH:MM-HH:MM"),
        ("refresh web --window 25:00-26:00", "25:00 is not a time from 00:00 to 24:00"),
        ("restart --policy rule --window 08:00-18:00", "--window and --policy rule cannot be used together"),
        ("list --namespace-selector team=a", "--namespace-selector requires --all-namespaces"),
        ("watch -A --namespace-selector ''", "it is empty, and would select everything"),
    ])
    func whatIsWrongIsSaid(line: String, said: String) async {
        let stage = Stage([.rollout()])
        let run = await stage.run(line)
        #expect(run.status == 2 && run.err.contains(said), "\(run)")
        #expect(stage.cluster.requests.isEmpty)
    }

    @Test(arguments: ["list", "heal", "restart", "explain"]) func onlyTheSelectedNamespaces(verb: String) async {
        let stage = stage(
            [.rollout(), .rollout("api", namespace: "stage")],
            namespaces: ["shop": ["team": "a"], "stage": ["team": "b"]])
        let settle = ["heal", "restart"].contains(verb) ? " --settle 0 --yes" : ""
        let run = await stage.run("\(verb) -A --namespace-selector team=a\(settle)")
        #expect(run.status == 0 && run.out.contains("web") && !(run.out + run.err).contains("api"), "\(run)")
        #expect(stage.cluster.requests.filter { $0.url.contains("/api/v1/namespaces?") }.count == 1)
        if verb == "list" {
            let one = await stage.run("list web api -A --namespace-selector team=a")
            #expect(one.out.contains("web") && !one.out.contains("api"), "\(one)")
        }
    }

    /// A selector that selects nothing must not look as if all were well.
    @Test func aSelectorWithoutNamespacesIsAnError() async {
        let run = await stage([.rollout()], namespaces: ["shop": [:]]).run("list -A --namespace-selector team=a")
        #expect(run.status == 1 && run.err.contains("no namespace matches the selector \"team=a\""), "\(run)")
        let refused = await stage([.rollout()], namespaces: nil).run("list -A --namespace-selector team=a")
        #expect(refused.status == 3 && refused.out.isEmpty, "\(refused)")
    }
}
