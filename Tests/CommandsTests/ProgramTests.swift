import Foundation
import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import Rollouts
import TestSupport
import Testing

@testable import Commands

/// The program with a fake cluster, a manual clock and a recorded console.
final class Stage: Sendable {
    let cluster: FakeCluster
    let time = ManualTime()
    private let kubeconfig: String
    private let configurations = Mutex<[TransportConfiguration]>([])
    private let input = Mutex<[UInt8]?>(nil)
    private let printed = Mutex((out: "", err: "", files: [String: String]()))

    init(
        _ rollouts: [ObjectFixture] = [], replicaSets: [ObjectFixture]? = nil,
        kubeconfig: String = Stage.kubeconfig, controller: FakeCluster.Controller = .observes,
        before: @escaping FakeCluster.Hook = { _, _ in nil }
    ) {
        self.kubeconfig = kubeconfig
        cluster = FakeCluster(
            rollouts: rollouts,
            replicaSets: replicaSets ?? rollouts.map { .replicaSet(of: $0.name, namespace: $0.namespace).marked(60) },
            before: before)
        cluster.controller = controller
    }

    /// The connect timeout of each transport created.
    var connectTimeouts: [Duration] { configurations.withLock { $0.map(\.connectTimeout) } }

    static let kubeconfig = """
        current-context: ctx
        clusters: [{name: cl, cluster: {server: "https://h:6443"}}]
        contexts: [{name: ctx, context: {cluster: cl, namespace: shop}}]
        """

    /// Runs a command line; returns its status and its output, without that of earlier runs.
    func run(
        _ line: String, answer: String? = nil, isTerminal: Bool = false, variables: [String: String] = [:],
        whileAsked: @escaping @Sendable (FakeCluster) -> Void = { _ in }
    ) async -> (status: Int32, out: String, err: String) {
        let words = line.split(separator: " ").map { $0 == "''" ? "" : String($0) }
        return await perform(answer: answer, isTerminal: isTerminal, variables: variables, whileAsked: whileAsked) {
            await $0.run(words).rawValue
        }
    }

    /// The same, with `input` on stdin.
    func run(_ line: String, input: [UInt8]) async -> (status: Int32, out: String, err: String) {
        self.input.withLock { $0 = input }
        return await run(line)
    }

    /// The same, for words that contain spaces.
    func run(words: [String], isTerminal: Bool = false) async -> (status: Int32, out: String, err: String) {
        await perform(answer: nil, isTerminal: isTerminal, variables: [:]) { await $0.run(words).rawValue }
    }

    /// The same, for the program called under the name of the script.
    func runScript(
        _ arguments: [String], isTerminal: Bool = false
    ) async -> (status: Int32, out: String, err: String) {
        await perform(answer: nil, isTerminal: isTerminal, variables: [:]) { await $0.runScript(arguments).rawValue }
    }

    private func perform(
        answer: String?, isTerminal: Bool, variables: [String: String],
        whileAsked: @escaping @Sendable (FakeCluster) -> Void = { _ in }, _ run: (Program) async -> Int32
    ) async -> (status: Int32, out: String, err: String) {
        printed.withLock { $0 = ("", "", [:]) }
        let console = Console(
            out: { text in self.printed.withLock { $0.out += text } },
            err: { text in self.printed.withLock { $0.err += text } },
            readLine: {
                whileAsked(self.cluster)
                return answer
            },
            readInput: { () throws(Console.InputError) in
                self.input.withLock { input in
                    defer { input = nil }
                    return input
                }
            }, isInputTerminal: isTerminal,
            isOutputTerminal: isTerminal, isErrorTerminal: isTerminal, size: { .init(columns: 100, rows: 30) })
        let host = HostEnvironment(
            variables: ["KUBECONFIG": "/config"].merging(variables) { $1 }, workingDirectory: "/"
        ) { path throws(HostEnvironment.FileError) in
            guard path == "/config" else { throw .init(isMissing: true, reason: "no such file or directory") }
            return Array(self.kubeconfig.utf8)
        }
        let world = World(
            host: host, time: time.source, console: console,
            makeTransport: { configuration in
                self.configurations.withLock { $0.append(configuration) }
                return self.cluster
            },
            writeIfPresent: { path, bytes in
                self.printed.withLock { $0.files[path] = String(decoding: bytes, as: UTF8.self) }
            })
        let status = await run(Program(world))
        return printed.withLock { (status, $0.out, $0.err) }
    }

    /// The lines printed to stdout so far.
    var lines: [Substring] { printed.withLock { $0.out.split(separator: "\n") } }

    func file(_ path: String) -> String? { printed.withLock { $0.files[path] } }
}

var mixed: [ObjectFixture] {
    [
        .rollout("cart"), .rollout("paused", spec: ["paused": true]), .rollout("well", status: ["phase": "Healthy"]),
    ]
}

@Suite struct ListProgramTests {
    @Test func theTableReadsAsKubectls() async {
        let run = await Stage(mixed).run("list")
        #expect(run.status == 0 && run.err.isEmpty)
        #expect(
            run.out == """
                NAME     PHASE      READY   DIAGNOSIS   FOR   LAST-RESTART
                cart     Degraded   5/5     stuck       60m   -
                paused   Degraded   5/5     paused      60m   -

                """)
    }

    @Test func allNamespacesAndAllRollouts() async {
        let run = await Stage(mixed).run("list -A --all --no-headers")
        #expect(
            run.out == """
                shop   cart     Degraded   5/5   stuck    60m   -
                shop   paused   Degraded   5/5   paused   60m   -
                shop   well     Healthy    5/5   -        60m   -

                """)
        let bench = Stage(mixed)
        _ = await bench.run("list -A")
        #expect(bench.cluster.requests[0].url.hasSuffix("/apis/argoproj.io/v1alpha1/rollouts?resourceVersion=0"))
        _ = await bench.run("list -A --fresh")
        #expect(bench.cluster.requests.contains { $0.url.hasSuffix("/v1alpha1/rollouts?limit=500") })
    }

    @Test func namesAndExitCode() async {
        let stage = Stage(mixed)
        #expect(await stage.run("list -o name").out == "rollout.argoproj.io/cart\nrollout.argoproj.io/paused\n")
        #expect(await stage.run("list --exit-code").status == 10)
        #expect(await stage.run("list rollout/well --exit-code").status == 0)
        let none = await stage.run("list -n other")
        #expect(none == (0, "", "No Rollout needs healing in other namespace.\n"))
        #expect(await Stage().run("list -A").err == "No Rollout needs healing.\n")
    }

    /// No command says that nothing needs healing if a Rollout is Degraded.
    @Test func whatIsDegradedOtherwiseIsCounted() async {
        let mute = ObjectFixture.rollout("mute", status: ["message": "something else", "conditions": [String]()])
        let note = "1 Rollout in shop namespace is Degraded for other reasons: "
        #expect(await Stage([mute]).run("list") == (0, "", note + "--all shows them\n"))
        #expect(await Stage([mute]).run("list -o json").err == note + "--all shows them\n")
        #expect(await Stage([mute]).run("list --all").err.isEmpty)
        let more = "1 more Rollout in shop namespace is Degraded for other reasons: --all shows them\n"
        #expect(await Stage(mixed + [mute]).run("list").err == more)
        for verb in ["restart --yes", "heal --yes"] {
            #expect(await Stage([mute]).run(verb).err == note + "list --all shows them\n")
        }
        #expect(await Stage([mute]).run("list mute --no-headers").out.hasPrefix("mute   Degraded"))
    }

    @Test func whatComesFromAClusterCannotDriveATerminal() async {
        let evil = ObjectFixture.rollout(status: [
            "message": "ProgressDeadlineExceeded: \u{1B}[2J\u{07}\u{202E}x\nsecond line",
            "currentPodHash": "\u{1B}]0;x",
        ])
        for format in ["", "-o wide", "-o name"] {
            let run = await Stage([evil]).run("list --all \(format)")
            #expect(!run.out.contains("\u{1B}") && !run.out.contains("\u{07}") && !run.out.contains("\u{202E}"))
            #expect(!run.out.contains("second line"))
        }
        let explained = await Stage([evil]).run("explain web")
        #expect(!explained.out.contains("\u{1B}"))
    }

    @Test func colorFollowsChoiceTerminalAndEnvironment() async {
        let stage = Stage(mixed)
        #expect(await stage.run("list", isTerminal: true).out.contains("\u{1B}[31mstuck\u{1B}[0m"))
        #expect(await !stage.run("list").out.contains("\u{1B}"))
        #expect(await stage.run("list --color always").out.contains("\u{1B}"))
        #expect(await !stage.run("list --color never", isTerminal: true).out.contains("\u{1B}"))
        #expect(await !stage.run("list", isTerminal: true, variables: ["NO_COLOR": "1"]).out.contains("\u{1B}"))
        #expect(await !stage.run("list", isTerminal: true, variables: ["TERM": "dumb"]).out.contains("\u{1B}"))
    }
}

@Suite struct ExplainProgramTests {
    @Test func everyGateOnOneScreen() async {
        let run = await Stage([.rollout()]).run("explain web --policy strict")
        #expect(
            run.out.hasPrefix(
                """
                Name:         web
                Namespace:    shop
                Strategy:     BlueGreen
                Phase:        Degraded
                Message:      ProgressDeadlineExceeded: ReplicaSet "web-7d9f5c" has timed out progressing.
                Since:        2026-03-01T11:00:00Z (60m ago)
                Pod hash:     7d9f5c
                Restart at:   -
                Restarted at: -
                ReplicaSets:  web-7d9f5c (current, 5 ready, 5 available of 5)
                Diagnosis:    stuck: 5 of 5 pods are available and status is right; the cause of the time-out is unknown

                  COUNTER             STATUS  LIVE
                  generation          7       7
                  replicas            5       5
                  updatedReplicas     5       5
                  readyReplicas       5       5
                  availableReplicas   5       5
                  HPAReplicas         5       5

                Gates (policy strict):
                  opt-out         open    no rollout-heal/ignore

                """))
        let gates = run.out.split(separator: "\n").drop { !$0.hasPrefix("Gates") }.dropFirst()
            .prefix { $0.hasPrefix("  ") }.map { String($0) }
        #expect(gates.map { $0.split(separator: " ")[0] } == Gate.allCases.map { Substring($0.rawValue) })
        #expect(gates.contains("  sole-pod        open    a restart evicts at most 1 of 5 pods at once"))
        #expect(gates.contains("  settle          -       decided by two successive evidence reads"))
        #expect(
            run.out.hasSuffix(
                """
                  rate            -       decided when a restart is sent

                A refresh is due, which evicts no pod; a restart follows only if it does not help: kubectl rollout-heal heal web -n shop

                """))
    }

    /// The suggested command acts on the same cluster as `explain`.
    @Test func theCommandThatIsOfferedHasTheFlagsThatWereGiven() async {
        let stage = Stage([.rollout()])
        let run = await stage.run("explain web --context ctx --server https://h:6443 --cooldown 1m")
        #expect(run.out.contains("heal web -n shop --context ctx --server https://h:6443 --cooldown 1m\n"))
        let secret = await stage.run("explain web --token abc")
        #expect(secret.out.contains("only if it does not help.\n") && !secret.out.contains("abc"))
    }

    @Test func whatIsHeldBackSaysBywhat() async {
        let ignored = ObjectFixture.rollout(metadata: ["labels": ["rollout-heal/ignore": "true"]])
        #expect(await Stage([ignored]).run("explain web").out.contains("not be restarted now: rollout-heal/ignore is"))
        let well = ObjectFixture.rollout(status: ["phase": "Healthy"])
        #expect(
            await Stage([well]).run("explain web").out.hasSuffix("Nothing is wrong: no action is needed.\n")
        )
    }
}

@Suite struct UsageTests {
    @Test(arguments: [
        ("list -n ''", "error: invalid namespace \"\": it is empty\n"),
        (
            "list -n a/b",
            "error: invalid namespace \"a/b\": a namespace has 1 to 63 of a-z, 0-9 and -, no - at either end\n"
        ),
        ("restart a -A", "error: a resource cannot be retrieved by name across all namespaces\n"),
        ("restart a -l x=y", "error: name cannot be provided when a selector is specified\n"),
        ("list a/b/c", "error: invalid value \"a/b/c\" for NAME: it is not the name of a Rollout\n"),
        (
            "list -o table",
            "error: unable to match a printer suitable for the output format \"table\", allowed formats are: custom-columns,json,jsonpath,name,wide,yaml\n"
        ),
        (
            "restart -o wide",
            "error: unable to match a printer suitable for the output format \"wide\", allowed formats are: json,name\n"
        ),
        (
            "restart --cooldown soon",
            "error: invalid value \"soon\" for --cooldown: it is not a duration such as 90s, 5m or 1h30m\n"
        ),
        (
            "restart --timeout -5s",
            "error: invalid value \"-5s\" for --timeout: it is not a duration such as 90s, 5m or 1h30m\n"
        ),
        ("restart --max-restarts -1", "error: invalid value \"-1\" for --max-restarts: it is negative\n"),
        ("list --server h:6443", "error: invalid server \"h:6443\": it has no scheme\nhint: write https://h:6443\n"),
        ("list -f x a", "error: names and selectors cannot be combined with --filename\n"),
    ])
    func wrongUsageIsTwoAndDoesNothing(line: String, message: String) async {
        let stage = Stage([.rollout()])
        #expect(await stage.run(line) == (2, "", message))
        #expect(stage.cluster.requests.isEmpty)
    }

    @Test(arguments: [
        "--nonsense", "list --nonsense", "list -x", "nonsense", "list -n", "restart --dry-run", "list --all=maybe",
        "refresh", "restart --policy bold", "list --yes",
    ])
    func soIsWhatCannotBeParsed(_ line: String) async {
        let run = await Stage([.rollout()]).run(line)
        #expect(run.status == 2 && run.out.isEmpty)
        #expect(run.err.hasPrefix("error: "))
    }

    @Test(arguments: [
        "", "--help", "-h", "help", "list --help", "restart -h", "explain --help", "version --help", "help restart",
    ])
    func helpIsNoError(_ line: String) async {
        let run = await Stage().run(line)
        #expect(run.status == 0 && run.err.isEmpty)
        #expect(run.out.contains(":\n  kubectl rollout-heal "))
        #expect(run.out.contains("USAGE: kubectl rollout-heal "))
    }

    @Test func versionIsOneLineOrADocument() async throws {
        let line = await Stage().run("version")
        #expect(line.out.hasPrefix("kubectl-rollout-heal v") && line.out.split(separator: "\n").count == 1)
        #expect(line.out.contains("libcurl"))
        let document = await Stage().run("version -o json")
        let fields = try JSONSerialization.jsonObject(with: Data(document.out.utf8)) as? [String: String]
        #expect(fields?.keys.sorted() == ["commit", "libcurl", "platform", "swift", "tls", "version"])
    }
}

@Suite struct NamespaceFlagTests {
    @Test(arguments: ["''", "a,b", "Prod", "--all", "x/y"])
    func aNamespaceThatIsNoneExcludesNothingAndIsRefused(_ name: String) async {
        let stage = Stage([.rollout("web")])
        let run = await stage.run("watch -A --heal --exclude-namespace \(name)")
        #expect(run.status == 2 && run.err.contains("--exclude-namespace"))
        #expect(await stage.run("watch -A --heal --leader-elect --leader-elect-lease \(name)/x").status == 2)
        #expect(stage.cluster.requests.isEmpty)
    }

    @Test(arguments: [
        "watch --settle 9223372036854775807", "restart --wait --timeout 1000000h",
        "list --request-timeout 9223372036854775807",
    ])
    func timesHaveABound(_ line: String) async {
        #expect(await Stage([.rollout("web")]).run(line).status == 2)
    }
}
