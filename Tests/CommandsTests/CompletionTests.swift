import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite struct CompletionTests {
    private static let kubeconfig = """
        current-context: ctx
        clusters: [{name: cl, cluster: {server: "https://h:6443"}}, {name: c2, cluster: {server: "https://i:6443"}}]
        contexts:
        - {name: ctx, context: {cluster: cl, namespace: shop, user: me}}
        - {name: prod, context: {cluster: c2, namespace: other, user: you}}
        users: [{name: me, user: {token: a}}, {name: you, user: {token: b}}]
        """

    private let cluster: FakeCluster

    init() {
        cluster = Self.cluster { _, _ in nil }
    }

    private static func cluster(before: @escaping FakeCluster.Hook) -> FakeCluster {
        let names = ["well", "web", "cart"]
        return FakeCluster(
            rollouts: names.map { .rollout($0, status: $0 == "well" ? ["phase": "Healthy"] : [:]) }
                + [.rollout("far", namespace: "other")],
            replicaSets: names.map { .replicaSet(of: $0, namespace: "shop") },
            before: { request, cluster in
                if request.url.contains("/api/v1/namespaces?") {
                    let names = ["shop", "other"].map { ["metadata": ["name": $0]] }
                    return .success(FakeCluster.json(ObjectFixture.list(names.map(ObjectFixture.init))))
                }
                return before(request, cluster)
            })
    }

    /// The completions of `words`, the last of which is incomplete.
    private func complete(
        _ words: String..., cluster: FakeCluster? = nil, by asker: CompletionProgram.Asker = .ownScript,
        sleep: @escaping @Sendable (Duration) async throws(CancellationError) -> Void = forEver
    ) async -> [String] {
        let printed = Mutex("")
        let console = Console(
            out: { text in printed.withLock { $0 += text } },
            err: { text in printed.withLock { $0 += "stderr: \(text)" } }, readLine: { nil },
            readInput: { () throws(Console.InputError) in nil }, isInputTerminal: true, isOutputTerminal: false,
            isErrorTerminal: true, size: { .init(columns: 80, rows: 24) })
        let host = HostEnvironment(variables: ["HOME": "/home/me"], workingDirectory: "/") {
            path throws(HostEnvironment.FileError) in
            guard path == "/home/me/.kube/config" else {
                throw .init(isMissing: true, reason: "no such file or directory")
            }
            return Array(Self.kubeconfig.utf8)
        }
        var time = ManualTime().source
        time.sleep = sleep
        let world = World(
            host: host, time: time, console: console, makeTransport: { [own = self.cluster] _ in cluster ?? own },
            writeIfPresent: { _, _ in })
        await CompletionProgram(world, asker).run(words)
        return printed.withLock { $0 }.split(separator: "\n").map(String.init)
    }

    private static let forEver: @Sendable (Duration) async throws(CancellationError) -> Void = {
        _ throws(CancellationError) in
        do { try await Task.sleep(for: .seconds(3600)) } catch { throw CancellationError() }
    }

    @Test func commandsFlagsAndValues() async {
        #expect(
            await complete("").map { $0.prefix { $0 != "\t" } } == [
                "list", "explain", "heal", "watch", "refresh", "restart", "doctor", "version", "completions", "options",
                "help", ":4",
            ])
        #expect(await complete("ver") == ["version\tPrint version and build information.", ":4"])
        #expect(await complete("restart", "--dry").first?.hasPrefix("--dry-run=\t") == true)
        #expect(await complete("restart", "--policy", "") == ["rule", "strict", ":4"])
        #expect(await complete("restart", "--policy=s") == ["--policy=strict", ":4"])
        #expect(await complete("restart", "--dry-run=c") == ["--dry-run=client", ":4"])
        #expect(await complete("restart", "-o=n") == ["-o=name", ":4"])
        #expect(await complete("list", "-Aon") == ["-Aoname", ":4"])
        #expect(await complete("restart", "-o", "") == ["json", "name", ":4"])
        #expect(await complete("watch", "-o", "") == ["json", ":4"])
        #expect(await complete("heal", "-o", "") == ["json", "name", ":4"])
        #expect(await complete("explain", "-o", "") == ["json", "yaml", ":4"])
        #expect(
            await complete("list", "-o", "") == ["json", "name", "wide", "yaml", "custom-columns=", "jsonpath=", ":4"])
        #expect(await complete("version", "-o", "") == ["json", "yaml", ":4"])
        #expect(await complete("completions", "") == ["bash", "zsh", "fish", ":4"])
        #expect(await complete("help", "e").first?.hasPrefix("explain\t") == true)
        #expect(await complete("list", "--kubeconfig", "") == [":0"])
        #expect(await complete("list", "--nonsense=") == [":4"])
    }

    /// kubectl's scripts for bash, zsh and fish add the part before the = themselves.
    @Test func kubectlHearsBareValues() async {
        #expect(await complete("restart", "--policy=s", by: .kubectl) == ["strict", ":4"])
        #expect(await complete("restart", "-o=n", by: .kubectl) == ["name", ":4"])
        #expect(await complete("restart", "-on", by: .kubectl) == ["-oname", ":4"])
        #expect(await complete("list", "--contexts=ctx,p", by: .kubectl) == ["ctx,prod\tc2", ":4"])
        #expect(await complete("list", "-n=s", by: .kubectl) == ["shop", ":4"])
    }

    /// No space is added after a flag that takes a value, if it is the only completion.
    @Test func aValueFollowsAtOnce() async {
        for asker in [CompletionProgram.Asker.kubectl, .ownScript] {
            #expect(await complete("restart", "--dry", by: asker).last == ":6")
            #expect(await complete("restart", "--", by: asker).last == ":4")
        }
    }

    @Test func theHomeFolderIsKnown() async {
        for words in [["--kubeconfig", "~/.kube/config"], ["--kubeconfig=~/.kube/config", "--all"]] {
            #expect(await complete("list", words[0], words[1], "--context", "p") == ["prod\tc2", ":4"])
        }
        #expect(await complete("list", "--kubeconfig", "~/other", "--context", "p") == [":4"])
    }

    /// Every flag of every command is offered with its help.
    @Test func allFlagsOfTheCommand() async throws {
        for command in try #require(CommandInfo.root?.subcommands) where command.commandName != "help" {
            let offered = await complete(command.commandName, "--")
            for name in (command.arguments ?? []).compactMap(\.longName) {
                #expect(offered.contains { $0.hasPrefix("--\(name)\t") || $0.hasPrefix("--\(name)=\t") }, "\(name)")
            }
            #expect(offered.dropLast().allSatisfy { !$0.hasSuffix("\t") })
        }
    }

    @Test func whatTheKubeconfigNames() async {
        #expect(await complete("list", "--context", "") == ["ctx\tcl", "prod\tc2", ":4"])
        #expect(await complete("list", "--contexts", "ctx,p") == ["ctx,prod\tc2", ":4"])
        #expect(await complete("list", "--cluster", "c2") == ["c2", ":4"])
        #expect(await complete("list", "--user", "") == ["me", "you", ":4"])
        #expect(cluster.requests.isEmpty)
    }

    @Test func whatTheClusterHas() async {
        #expect(await complete("restart", "") == ["cart\tstuck", "web\tstuck", "well\tHealthy", ":36"])
        #expect(await complete("restart", "we") == ["web\tstuck", "well\tHealthy", ":36"])
        #expect(await complete("restart", "web", "") == ["cart\tstuck", "well\tHealthy", ":36"])
        for command in ["heal", "refresh", "explain", "list"] {
            #expect(await complete(command, "web", "c") == ["cart\tstuck", ":36"])
        }
        #expect(await complete("explain", "-n", "other", "") == ["far\tstale", ":36"])
        #expect(await complete("list", "--context=prod", "") == ["far\tstale", ":36"])
        #expect(await complete("list", "-n", "") == ["other", "shop", ":4"])
        #expect(await complete("watch", "--exclude-namespace", "s") == ["shop", ":4"])
    }

    @Test func noNamesWhereNoneMayStand() async {
        for words in [
            ["explain", "-A"], ["list", "-A"], ["restart", "-A"], ["list", "--all-namespaces"], ["watch"],
        ] {
            #expect(await complete(words[0], words.count > 1 ? words[1] : "-v=0", "") == [":4"])
        }
        #expect(cluster.requests.isEmpty)
    }

    @Test func whatFailsIsSilent() async {
        let down = Self.cluster { _, _ in .failure(.connectionRefused(host: "h", port: 6443)) }
        #expect(await complete("restart", "", cluster: down) == [":36"])
        #expect(await complete("restart", "--context", "gone", "") == [":36"])
        let forbidden = Self.cluster { request, _ in
            request.url.contains("/replicasets")
                ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        #expect(await complete("restart", "w", cluster: forbidden) == ["web\tunproven", "well\tHealthy", ":36"])
    }

    /// Names are offered even if their diagnoses are not known in time.
    @Test func whatIsNotThereInTimeIsLeftOut() async {
        let asked = Mutex(false)
        let slow = Self.cluster { request, _ in
            guard request.url.contains("/replicasets") else { return nil }
            asked.withLock { $0 = true }
            return .failure(.cancelled)
        }
        let offered = await complete("restart", "", cluster: slow) { _ throws(CancellationError) in
            while !asked.withLock({ $0 }) { await Task.yield() }
        }
        #expect(offered == ["cart\tDegraded", "web\tDegraded", "well\tHealthy", ":36"])
    }
}
