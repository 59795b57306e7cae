import HTTPTransport
import KubeClient
import KubeConfig
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite struct ProgressTests {
    @Test(arguments: [
        (Progress.reading(count: 0, total: nil), "reading Rollouts, 3s"),
        (.reading(count: 1500, total: nil), "reading Rollouts: 1500, 3s"),
        (.reading(count: 1500, total: 10_000), "reading Rollouts: 1500 of about 10000, 3s"),
        (.reading(count: 11, total: 10), "reading Rollouts: 11 of about 11, 3s"),
        (
            .clusters(answered: 1, of: 2, waiting: [.init(name: "eu")]),
            "1 of 2 clusters have answered, waiting for eu, 3s"
        ),
        (
            .clusters(answered: 0, of: 2, waiting: [.init(name: "eu", count: "1500"), .init(name: "us")]),
            "0 of 2 clusters have answered, waiting for eu 1500, us, 3s"
        ),
        (.restarting(done: 2, of: 7), "restarting: 2 of 7 done, 3s"),
        (
            .following(left: [.init(name: "web", count: "2/5"), .init(name: "api")], of: 4),
            "2 of 4 done, waiting for web 2/5, api, 3s"
        ),
    ])
    func words(progress: Progress, text: String) {
        #expect(progress.text(elapsed: .seconds(3), width: 79) == text)
    }

    @Test func nobodyIsLeft() {
        #expect(Progress.following(left: [], of: 4).text(elapsed: .zero, width: 79) == "4 of 4 done, 0s")
        let clusters = Progress.clusters(answered: 2, of: 2, waiting: [])
        #expect(clusters.text(elapsed: .zero, width: 79) == "2 of 2 clusters have answered, 0s")
    }

    @Test func neverWiderThanTheTerminal() {
        let left = (1...40).map { Progress.Waiting(name: "checkout-\($0)", count: "\($0)/40") }
        let text = Progress.following(left: left, of: 50).text(elapsed: .seconds(200), width: 79)
        #expect(
            text == "10 of 50 done, waiting for checkout-1 1/40, checkout-2 2/40 and 38 more, 3m20s", "\(text)")
        for width in 0...120 {
            let lines = [
                Progress.following(left: left, of: 50), .reading(count: 5, total: 9),
                .clusters(answered: 0, of: 2, waiting: [.init(name: "東京-東京"), .init(name: "大阪")]),
            ]
            for line in lines { #expect(line.text(elapsed: .seconds(1), width: width).displayWidth <= width) }
        }
        #expect(
            Progress.clusters(answered: 0, of: 1, waiting: [.init(name: "a\u{1B}[2J")]).text(elapsed: .zero, width: 79)
                .contains("a^[[2J"))
    }
}

@Suite struct ProgressLineTests {
    /// A terminal and a clock that the test sets.
    private final class Terminal: Sendable {
        private let state = Mutex((written: "", uptime: Duration.zero))

        var written: String { state.withLock { $0.written } }

        func wait(_ duration: Duration) { state.withLock { $0.uptime += duration } }

        func world(isTerminal: Bool = true, variables: [String: String] = [:]) -> World {
            let time = ManualTime().source
            let console = Console(
                out: { text in self.state.withLock { $0.written += "out:\(text)" } },
                err: { text in self.state.withLock { $0.written += text } }, readLine: { nil },
                readInput: { () throws(Console.InputError) in nil }, isInputTerminal: isTerminal,
                isOutputTerminal: isTerminal, isErrorTerminal: isTerminal, size: { .init(columns: 80, rows: 24) })
            return World(
                host: HostEnvironment(variables: variables, workingDirectory: "/") {
                    _ throws(HostEnvironment.FileError) in throw .init(isMissing: true, reason: "")
                },
                time: .init(
                    wallClock: time.wallClock, uptime: { self.state.withLock { $0.uptime } }, sleep: time.sleep,
                    random: time.random),
                console: console, makeTransport: { _ in FakeCluster(rollouts: [], replicaSets: []) },
                writeIfPresent: { _, _ in }, beat: { throw CancellationError() })
        }
    }

    @Test func nothingBeforeHalfASecondThenTenTimesASecondAtMost() async throws {
        let terminal = Terminal()
        try await terminal.world().withProgress { world, line in
            line.show(.reading(count: 100, total: nil))
            terminal.wait(.milliseconds(499))
            line.show(.reading(count: 200, total: nil))
            #expect(terminal.written == "")
            terminal.wait(.milliseconds(1))
            line.show(.reading(count: 300, total: nil))
            #expect(terminal.written == "\rreading Rollouts: 300, 0s\u{1B}[K")
            terminal.wait(.milliseconds(99))
            line.show(.reading(count: 400, total: nil))
            #expect(terminal.written == "\rreading Rollouts: 300, 0s\u{1B}[K")
            terminal.wait(.milliseconds(200))
            line.show(.reading(count: 300, total: nil))
            #expect(terminal.written == "\rreading Rollouts: 300, 0s\u{1B}[K")
            terminal.wait(.milliseconds(201))
            line.show(.reading(count: 500, total: nil))
            #expect(terminal.written.hasSuffix("\rreading Rollouts: 500, 1s\u{1B}[K"))
            world.console.out("data\n")
            #expect(terminal.written.hasSuffix("1s\u{1B}[K\r\u{1B}[Kout:data\n"))
            line.show(.reading(count: 600, total: nil))
            #expect(terminal.written.hasSuffix("data\n\rreading Rollouts: 600, 1s\u{1B}[K"))
        }
        #expect(terminal.written.hasSuffix("600, 1s\u{1B}[K\r\u{1B}[K"))
    }

    /// The total is requested once, and only after a second if the list does not give it.
    @Test(arguments: [(900, nil, 0), (1000, nil, 1), (1000, 700, 0)])
    func howManyThereAreIsAskedOfALongList(waited: Int, total: Int?, questions: Int) async throws {
        let terminal = Terminal()
        var world = terminal.world(variables: ["LANG": "C"])
        let beats = Mutex(0)
        let questioned = Mutex(0)
        world.beat = {
            try Task.checkCancellation()
            beats.withLock { $0 += 1 }
            await Task.yield()
        }
        try await world.withProgress { _, line in
            line.countWith {
                questioned.withLock { $0 += 1 }
                return 9000
            }
            line.show(.reading(count: 600, total: total))
            terminal.wait(.milliseconds(waited))
            let seen = beats.withLock { $0 }
            while beats.withLock({ $0 }) < seen + 3 || questioned.withLock({ $0 }) < questions { await Task.yield() }
        }
        #expect(questioned.withLock { $0 } == questions)
    }

    @Test func whatIsFoundOutIsShown() async throws {
        let terminal = Terminal()
        var world = terminal.world()
        world.beat = {
            try Task.checkCancellation()
            await Task.yield()
        }
        try await world.withProgress { _, line in
            line.countWith { 9000 }
            line.show(.reading(count: 600, total: nil))
            terminal.wait(.seconds(1))
            while !terminal.written.contains("\rreading Rollouts: 600 of about 9000, ") {
                terminal.wait(.milliseconds(100))
                await Task.yield()
            }
            terminal.wait(.seconds(1))
            line.show(.reading(count: 9001, total: nil))
            #expect(terminal.written.contains("\rreading Rollouts: 9001 of about 9001, "))
        }
    }

    @Test func whatIsShortIsNeverSeen() async throws {
        let terminal = Terminal()
        try await terminal.world().withProgress { world, line in
            line.show(.restarting(done: 1, of: 2))
            world.console.out("done\n")
        }
        #expect(terminal.written == "out:done\n")
    }

    @Test func aQuestionHasTheTerminalForItself() async throws {
        let terminal = Terminal()
        try await terminal.world().withProgress { world, line in
            terminal.wait(.seconds(1))
            line.show(.reading(count: 1, total: nil))
            await line.paused {
                #expect(terminal.written.hasSuffix("\r\u{1B}[K"))
                world.console.err("really? ")
                terminal.wait(.seconds(1))
                line.show(.reading(count: 2, total: nil))
                #expect(terminal.written.hasSuffix("really? "))
            }
            line.show(.restarting(done: 0, of: 2))
            #expect(terminal.written.hasSuffix("\rrestarting: 0 of 2 done, 0s\u{1B}[K"))
        }
    }

    @Test func theLineIsGoneAfterAnError() async {
        let terminal = Terminal()
        await #expect(throws: CancellationError.self) {
            try await terminal.world().withProgress { _, line in
                terminal.wait(.seconds(1))
                line.show(.restarting(done: 1, of: 2))
                throw CancellationError()
            }
        }
        #expect(terminal.written.hasSuffix("1 of 2 done, 0s\u{1B}[K\r\u{1B}[K"))
    }

    @Test(arguments: [(false, "xterm", true), (true, "dumb", true), (true, "xterm", false)])
    func onlyWhereItDisturbsNothing(isTerminal: Bool, term: String, isWanted: Bool) async throws {
        let terminal = Terminal()
        let world = terminal.world(isTerminal: isTerminal, variables: ["TERM": term])
        try await world.withProgress(isWanted: isWanted) { world, line in
            terminal.wait(.seconds(2))
            line.show(.restarting(done: 1, of: 2))
            world.console.out("data\n")
        }
        #expect(terminal.written == "out:data\n")
    }

    @Test func theTimeRunsOnByItself() async throws {
        let terminal = Terminal()
        var world = terminal.world()
        let beats = Mutex(0)
        world.beat = {
            guard
                beats.withLock({
                    $0 += 1; return $0
                }) < 5
            else { throw CancellationError() }
            terminal.wait(.seconds(1))
        }
        try await world.withProgress { _, line in
            line.show(.reading(count: 0, total: nil))
            while beats.withLock({ $0 }) < 5 { await Task.yield() }
        }
        #expect(terminal.written.contains("\rreading Rollouts, 3s\u{1B}[K"))
    }
}

/// The progress that commands show.
@Suite struct CommandProgressTests {
    /// With a stale cache, the counts in the Rollout's `status` are wrong.
    @Test func thePodsOfTheLiveReplicaSetAreCounted() async {
        let stage = Stage(
            [.rollout("web", status: ["availableReplicas": 16, "readyReplicas": 16])],
            replicaSets: [.replicaSet(of: "web", status: ["readyReplicas": 4])])
        let run = await stage.run("restart web --timeout 5s --policy rule", isTerminal: true)
        #expect(run.err.contains("\r0 of 1 done, waiting for web 4/5, ") && !run.err.contains("16"))
        #expect(run.status == 4)
    }

    @Test func noNumberIsBetterThanAWrongOne() async {
        let stage = Stage([.rollout("web", status: ["availableReplicas": 16])]) { request, _ in
            request.url.contains("/replicasets") ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        let run = await stage.run("restart web --timeout 5s --allow-unproven", isTerminal: true)
        #expect(run.err.contains("\r0 of 1 done, waiting for web, ") && !run.err.contains("16"))
    }

    @Test func whatNobodySeesIsNotAskedFor() async {
        let stage = Stage([.rollout("web")])
        _ = await stage.run("restart web --timeout 5s")
        let patch = stage.cluster.requests.firstIndex { $0.method == .patch } ?? 0
        let rest = stage.cluster.requests[(patch + 1)...].prefix { $0.method != .patch }
        // The one read at the end finds out whether the restart has progressed.
        #expect(rest.count { $0.url.contains("/replicasets") } == 1)
    }

    @Test(arguments: ["list -A", "restart -A --dry-run=client"])
    func whatIsReadIsCounted(line: String) async {
        let asked = Mutex(0)
        let stage = Stage([.rollout("web"), .rollout("api")]) { _, _ in
            let isFirst = asked.withLock {
                $0 += 1
                return $0 == 1
            }
            return isFirst
                ? .success(FakeCluster.failure(429, "TooManyRequests", "wait", headers: [("Retry-After", "1")])) : nil
        }
        let seen = await stage.run(line, isTerminal: true).err
        #expect(seen.contains("\rreading Rollouts: 2, 1s"))
    }
}
