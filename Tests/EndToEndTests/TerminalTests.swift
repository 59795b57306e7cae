import Foundation
import TestSupport
import Testing

/// The binary at a terminal, provided by util-linux's `script`, with signals and closed pipes.
@Suite(.onCluster, .inTurn)
struct TerminalTests {
    private let cluster: TestCluster

    init() throws {
        cluster = try TestCluster()
    }

    /// Runs a shell command line in which `$plugin` is the binary.
    private func shell(_ line: String, input: String = "") async throws -> PluginProcess {
        try await PluginProcess.run(
            "bash", ["-c", line],
            environment: ["KUBECONFIG": cluster.kubeconfig, "plugin": TestCluster.binary, "TERM": "xterm"],
            input: input)
    }

    private func twoStuck() async throws -> String {
        let namespace = try await cluster.makeNamespace("terminal")
        for name in ["api", "web"] {
            try await cluster.store(
                .stored(name, in: namespace), replicaSets: [.replicaSet(of: name, namespace: namespace)])
        }
        return namespace
    }

    @Test func aFullDiskIsNoSuccess() async throws {
        let run = try await shell("$plugin list -A -o json >/dev/full")
        #expect(run.status == 1)
        #expect(run.errors.contains("error: cannot write to stdout: no space left on device"))
    }

    @Test(arguments: [
        ("y\n", true), ("yes\n", true), ("n\n", false), ("\n", false), ("\u{04}", false), ("y\u{04}\u{04}", false),
    ])
    func severalAtOnceAskFirst(answer: String, restarts: Bool) async throws {
        let namespace = try await twoStuck()
        let run = try await TestCluster().controlling(namespace, heals: true) {
            try await shell(
                "(sleep 1; printf '\(answer)'; sleep 3) | script -qec '$plugin restart --settle=0 -n \(namespace)' /dev/null"
            )
        }
        #expect(run.status == 0)
        #expect(run.output.contains("Context:    admin"))
        #expect(run.output.contains("Cluster:    rollout-heal-test (https://127.0.0.1:"))
        #expect(run.output.contains("Namespace:  \(namespace)"))
        #expect(run.output.contains("Restart 2 of the 2 Rollouts that match? [y/N]"))
        #expect(run.output.contains("Nothing was restarted.") == !restarts)
        let asked = try await cluster.rollout(namespace, "web")["spec"] as? [String: Any]
        #expect((asked?["restartAt"] != nil) == restarts)
    }

    @Test(arguments: ["restart web --settle=0 -n", "restart --settle=0 --yes -n", "restart --dry-run=client -n"])
    func whatIsClearIsNotAsked(_ command: String) async throws {
        let namespace = try await twoStuck()
        let run = try await TestCluster().controlling(namespace, heals: true) {
            try await shell("script -qec '$plugin \(command) \(namespace)' /dev/null </dev/null")
        }
        #expect(run.status == 0)
        #expect(!run.output.contains("[y/N]"))
        #expect(run.output.contains("rollout.argoproj.io/web restarted"))
    }

    @Test func colorIsForTerminalsAndNeverTheOnlySign() async throws {
        let terminal = try await shell("script -qec '$plugin list -n shop' /dev/null </dev/null")
        #expect(terminal.output.contains("\u{1B}[31mstuck\u{1B}[0m"))
        let silent = try await shell("NO_COLOR=1 script -qec '$plugin list -n shop' /dev/null </dev/null")
        // Erasing the progress line, if it was shown, is not a color.
        #expect(silent.output.contains("stuck") && !silent.output.contains(/\u{1B}\[[0-9;]*m/))
        #expect(try await !shell("$plugin list -n shop").output.contains("\u{1B}"))
        #expect(try await shell("$plugin list -n shop --color always").output.contains("\u{1B}[31mstuck"))
    }

    /// A ReplicaSet in namespace payments is unsettled, so that `list` takes four seconds.
    @Test(arguments: [("INT", 130 as Int32), ("TERM", 143)])
    func aSignalEndsItAtOnce(signal: String, status: Int32) async throws {
        for wait in ["0.01", "1"] {
            let run = try await shell(
                """
                set -m; exec 3>&1; $plugin list -n payments 2>&3 >/dev/null & sleep \(wait); kill -\(signal) $!; begin=${EPOCHREALTIME/./}
                wait $!; status=$?; echo $(( (${EPOCHREALTIME/./} - begin) / 1000 )); exit $status
                """)
            // Right after the start our handler may not be installed: then the signal itself ends the process.
            #expect(run.status == status)
            // The only output is the duration in milliseconds.
            #expect(try #require(Int(run.output.dropLast())) < 1000, "\(run.output)")
        }
    }

    @Test func aBrokenPipeEndsQuietly() async throws {
        let run = try await shell("$plugin list -A | head -n 1; echo ${PIPESTATUS[0]}")
        #expect(run.output.hasPrefix("NAMESPACE"))
        #expect(run.output.hasSuffix("\n0\n"))
        #expect(!run.errors.contains("error"), "\(run.errors)")
        #expect(try await shell("$plugin list -A >&-").status == 0)
    }
}
