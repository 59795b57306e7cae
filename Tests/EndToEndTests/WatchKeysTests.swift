import Foundation
import HTTPTransport
import TestSupport
import Testing

/// The keys of the live page, typed at the real binary.
@Suite(.onCluster, .inTurn)
struct WatchKeysTests {
    private static let (down, escape) = ("\u{1B}[B", "\u{1B}")

    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    /// One that is broken, two that are stuck, and one that is Degraded for another reason.
    private func makeRollouts() async throws -> String {
        let namespace = try await cluster.makeNamespace("keys")
        let missing: [String: Any] = ["status": ["availableReplicas": 2, "readyReplicas": 2]]
        for name in ["web", "api"] {
            try await cluster.store(
                .stored(name, in: namespace), replicaSets: [.replicaSet(of: name, namespace: namespace)],
                isMarked: false)
        }
        try await cluster.store(
            .stored("down", in: namespace),
            replicaSets: [ObjectFixture.replicaSet(of: "down", namespace: namespace).merging(missing)])
        let other: [String: Any] = ["status": ["message": "no quota", "conditions": [String]()]]
        try await cluster.store(
            ObjectFixture.stored("quota", in: namespace).merging(other),
            replicaSets: [.replicaSet(of: "quota", namespace: namespace)])
        return namespace
    }

    private func watch(_ namespace: String, context: String = "healer", size: (Int, Int) = (80, 24)) throws
        -> TypedTerminal
    {
        try TypedTerminal(
            "$plugin watch -n \(namespace) --context \(context)", columns: size.0, rows: size.1,
            kubeconfig: cluster.kubeconfig)
    }

    @Test func selectExplainFilterAndQuit() async throws {
        let namespace = try await makeRollouts()
        let terminal = try watch(namespace)
        try await terminal.shows(
            "4 Rollouts, 3 in trouble, 1 Degraded for other reasons", "BROKEN (1)", "FIXABLE (2)", "OTHER (1)",
            "> down",
            "  api ", "  quota ")
        try terminal.type(Self.down)
        try await terminal.shows("> api")
        try terminal.type("j")
        try await terminal.shows("> web")
        try terminal.type("\r")
        try await terminal.shows("\(namespace)/web", "Name:         web", "5 available of 5)", "Esc closes")
        try terminal.type("G")
        try await terminal.shows("Gates (policy strict):", "A refresh is due, which evicts no pod")
        // Esc alone, and then an arrow: the parser tells them apart.
        try terminal.type(Self.escape)
        try await terminal.shows("> web")
        try terminal.type("\u{1B}OA")
        try await terminal.shows("> api")
        try terminal.type("/unavail\r")
        try await terminal.shows("> down", "/unavail (1 of 4, Esc clears)")
        #expect(!terminal.page.contains { $0.hasPrefix("  web") })
        try terminal.type(Self.escape)
        try await terminal.shows("  web")
        try terminal.type("?")
        try await terminal.shows("refresh it, which evicts no pod")
        try terminal.type("?q")
        let end = try await terminal.end()
        #expect(end.contains("Healed: 0 by a refresh, 0 by a restart. Given up: 0. Still in trouble: 3"), "\(end)")
        #expect(end.contains("status 0"))
        #expect(terminal.isRestored)
        #expect(try cluster.patches(in: namespace).isEmpty)
    }

    @Test func aRefreshGoesThroughItsGates() async throws {
        let namespace = try await makeRollouts()
        let terminal = try watch(namespace)
        try await terminal.shows("> down", "  web")
        // What a refresh does not help is refused, in the words of the command.
        try terminal.type("r")
        try await terminal.shows("rollout.argoproj.io/down skipped (unavailable: only 2 of 5")
        try terminal.type("R")
        try await terminal.shows("rollout.argoproj.io/down skipped (unavailable: only 2 of 5")
        try await terminal.shows("available; fix the pods)")
        #expect(try cluster.patches(in: namespace).isEmpty)
        try terminal.type("G")
        try await terminal.shows("> quota")
        try terminal.type("k")
        try await terminal.shows("> web")
        try terminal.type("r")
        try await terminal.shows("rollout.argoproj.io/web refreshed (")
        try await cluster.patch(
            "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/web/status",
            ["status": ["phase": "Healthy", "message": NSNull(), "conditions": NSNull()]])
        try await terminal.shows(
            "rollout.argoproj.io/web healed by a refresh", "HEALED (1)", "healed by a refresh", ", 1 healed")
        try terminal.type("q")
        let end = try await terminal.end()
        #expect(end.contains("Healed: 1 by a refresh, 0 by a restart. Given up: 0. Still in trouble: 2"), "\(end)")
        #expect(terminal.isRestored)
        let rollout = try await cluster.rollout(namespace, "web")
        #expect((rollout["spec"] as? [String: Any])?["restartAt"] == nil)
    }

    @Test func aRestartIsAskedAboutAndFollowed() async throws {
        let namespace = try await cluster.makeNamespace("keys")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        let terminal = try TypedTerminal(
            "$plugin watch -n \(namespace) --settle 0s --context healer", columns: 40, rows: 10,
            kubeconfig: cluster.kubeconfig)
        try await terminal.shows("> web")
        try terminal.type("R")
        try await terminal.shows("[y/N]")
        #expect(terminal.page.joined(separator: " ").contains("evicts 5 pods"))
        try terminal.type("n")
        try await terminal.shows("Nothing was restarted.")
        #expect(try cluster.patches(in: namespace).isEmpty)
        try terminal.type("R")
        try await terminal.shows("[y/N]")
        try await cluster.controlling(namespace, heals: true) {
            try terminal.type("y")
            try await terminal.shows("HEALED (1)", "> web", ", 1 healed", "recovered (after")
        }
        try terminal.type("q")
        #expect(try await terminal.end().contains("Healed: 0 by a refresh, 1 by a restart. Given up: 0."))
        #expect(terminal.isRestored)
        #expect(try cluster.patches(in: namespace) == [200])
    }

    @Test(arguments: [true, false]) func stepsByKeysAreEvents(areWanted: Bool) async throws {
        let namespace = try await cluster.makeNamespace("keys")
        for (name, isMarked) in [("api", true), ("web", false)] {
            try await cluster.store(
                .stored(name, in: namespace), replicaSets: [.replicaSet(of: name, namespace: namespace)],
                isMarked: isMarked)
        }
        let flag = areWanted ? "" : " --no-events"
        let terminal = try TypedTerminal(
            "$plugin watch -n \(namespace) --settle 0s --context healer\(flag)", kubeconfig: cluster.kubeconfig)
        try await terminal.shows("> api", "  web")
        try terminal.type("R")
        try await terminal.shows("[y/N]")
        try await cluster.controlling(namespace, heals: true) {
            try terminal.type("y")
            try await terminal.shows("HEALED (1)", "> web")
        }
        try terminal.type("r")
        try await terminal.shows("rollout.argoproj.io/web refreshed (")
        try terminal.type("q")
        #expect(try await terminal.end().contains("status 0"))
        let answer = try await cluster.request(.get, "/apis/events.k8s.io/v1/namespaces/\(namespace)/events")
        let list = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        let events = (list?["items"] as? [[String: Any]] ?? []).map { event in
            "\(event["reason"] ?? "") \((event["regarding"] as? [String: Any])?["name"] ?? "")"
        }
        // The restart was observed to have healed; what comes of the refresh was not waited for.
        let wanted: Set = ["RolloutRestarted api", "RolloutRecovered api", "RolloutRefreshed web"]
        #expect(Set(events) == (areWanted ? wanted : []))
    }

    /// As ^C does for the command `restart`: no restart is left armed, and it is said.
    @Test func quittingTakesBackWhatNothingHasComeOf() async throws {
        let namespace = try await cluster.makeNamespace("keys")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        let terminal = try TypedTerminal(
            "$plugin watch -n \(namespace) --settle 0s --context healer", kubeconfig: cluster.kubeconfig)
        try await terminal.shows("> web")
        try terminal.type("R")
        try await terminal.shows("[y/N]")
        try terminal.type("y")
        try await terminal.shows("rollout.argoproj.io/web restarted", "WAITING (1)")
        try terminal.type("q")
        let end = try await terminal.end()
        #expect(end.contains("rollout.argoproj.io/web taken back"), "\(end)")
        #expect(end.contains("Healed: 0 by a refresh, 0 by a restart."))
        #expect(terminal.isRestored)
        let rollout = try await cluster.rollout(namespace, "web")
        #expect((rollout["spec"] as? [String: Any])?["restartAt"] == nil)
    }

    @Test func withoutTheRightToWriteItSaysSo() async throws {
        let namespace = try await cluster.makeNamespace("keys")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)],
            isMarked: false)
        let terminal = try watch(namespace, context: "viewer", size: (140, 30))
        try await terminal.shows("> web")
        try terminal.type("r")
        try await terminal.shows("not healed: the account may not patch", "hint: grant verb patch on resource rollouts")
        try terminal.type("q")
        #expect(try await terminal.end().contains("status 0"))
        #expect(terminal.isRestored)
    }
}
