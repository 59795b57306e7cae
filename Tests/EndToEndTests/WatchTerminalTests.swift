import Foundation
import HTTPTransport
import TestSupport
import Testing

/// The live page, at a terminal that util-linux's `script` provides.
@Suite(.onCluster, .inTurn)
struct WatchTerminalTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    private func shell(_ line: String) async throws -> PluginProcess {
        try await PluginProcess.run(
            "bash", ["-c", line],
            environment: ["KUBECONFIG": cluster.kubeconfig, "plugin": TestCluster.binary, "TERM": "xterm"])
    }

    private func stuck() async throws -> String {
        let namespace = try await cluster.makeNamespace("live")
        try await cluster.store(
            .stored("web", in: namespace), replicaSets: [.replicaSet(of: "web", namespace: namespace)])
        return namespace
    }

    @Test func aPageThatIsRedrawnAndATerminalThatIsGivenBack() async throws {
        let namespace = try await stuck()
        let run = try await shell(
            """
            script -qec 'stty rows 24 cols 80; stty -a | head -n 1
            timeout --foreground --preserve-status -s INT 4 $plugin watch -n \(namespace)
            echo "status $?"; stty -a | tail -n 2' /dev/null </dev/null
            """)
        let page = run.output
        #expect(page.components(separatedBy: "\u{1B}[?1049h\u{1B}[?25l").count == 2)
        #expect(page.components(separatedBy: "\u{1B}[?25h\u{1B}[?1049l").count == 2)
        #expect(page.contains("rollout-heal watch - admin - namespace \(namespace) - only watching"))
        #expect(page.contains("NAME   READY   DIAGNOSIS   FOR   STATE"))
        #expect(page.contains("FIXABLE (1)"))
        #expect(page.contains("> web"))
        // FOR ticks: a frame a second at the least.
        #expect(page.components(separatedBy: "\u{1B}[H").count >= 4)
        #expect(page.contains("status 130"))
        #expect(page.contains(" echo ") && page.contains(" icanon "))
        let frames = page.components(separatedBy: "\u{1B}[H").dropFirst().map { $0.prefix { $0 != "\u{1B}" } }
        #expect(frames.allSatisfy { $0.split(separator: "\r\n").allSatisfy { $0.count <= 80 } })
    }

    @Test func aResizeIsFollowedAtOnce() async throws {
        let namespace = try await stuck()
        let run = try await shell(
            """
            script -qec 'stty rows 24 cols 80; (sleep 2; stty rows 30 cols 140 </dev/tty) &
            timeout --foreground -s INT 4 $plugin watch -n \(namespace)' /dev/null </dev/null
            """)
        #expect(run.output.contains("NAME   STRATEGY    PHASE      READY   DIAGNOSIS   FOR   LAST-RESTART   STATE"))
    }

    @Test func anErrorFromTheStartIsShownOnATerminalGivenBack() async throws {
        let run = try await shell(
            "script -qec '$plugin watch --context no-rollouts; echo status $?' /dev/null </dev/null")
        let end = run.output.components(separatedBy: "\u{1B}[?1049l").last ?? ""
        #expect(end.contains("Error from server (Forbidden): "))
        #expect(end.contains("status 3"))
    }

    @Test func inAStormNobodyIsRestartedUntilItIsOver() async throws {
        let namespace = try await cluster.makeNamespace("storm")
        let names = (0..<6).map { "web-\($0)" }
        for name in names {
            let recent = Date(timeIntervalSinceNow: -60).ISO8601Format()
            let timedOut: [String: Any] = [
                "type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                "lastUpdateTime": recent,
                "lastTransitionTime": recent,
            ]
            try await cluster.store(
                .stored(name, in: namespace).merging(["status": ["conditions": [timedOut]]]),
                replicaSets: [.replicaSet(of: name, namespace: namespace)])
        }
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json")
        try await watch.wait("storm") { watch.changes.contains { $0["gate"] as? String == "storm" } }
        try await Task.sleep(for: .seconds(3))
        #expect(watch.names("RESTARTED").isEmpty)
        #expect(watch.changes.count { $0["gate"] as? String == "storm" } == 1)
        for name in names.prefix(2) {
            try await cluster.patch(
                "/apis/argoproj.io/v1alpha1/namespaces/\(namespace)/rollouts/\(name)/status",
                ["status": ["phase": "Healthy", "message": NSNull()]])
        }
        try await watch.wait("normal work") { !watch.names("RESTARTED").isEmpty }
        #expect(watch.changes.count { $0["gate"] as? String == "storm" } == 2)
    }

    @Test func hostileCountsAreGivenUp() async throws {
        let namespace = try await cluster.makeNamespace("hostile")
        for (index, count) in ["-1", "9223372036854775807", "99999999999999999999", "zero"].enumerated() {
            let labels = ["rollout-heal/restarts": count, "rollout-heal/pod-hash": "7d9f5c"]
            try await cluster.store(
                .stored("web-\(index)", in: namespace).merging([
                    "metadata": ["labels": labels.filter { !$0.value.hasPrefix("-") }]
                ]), replicaSets: [.replicaSet(of: "web-\(index)", namespace: namespace)])
        }
        let watch = try cluster.start("watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json")
        try await watch.wait("given up") { watch.names("GAVE_UP").count == 3 }
        try await watch.wait("the one without a count") { watch.names("RESTARTED") == ["web-0"] }
        #expect(try cluster.patches(in: namespace) == [200])
    }
}
