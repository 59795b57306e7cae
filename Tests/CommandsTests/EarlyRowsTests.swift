import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import Commands

/// `list` waits only for unsettled Rollouts, and reads only them again.
@Suite struct EarlyRowsTests {
    /// `count` settled Rollouts, and one whose ReplicaSet was written just now.
    private func stage(_ count: Int, before: @escaping FakeCluster.Hook = { _, _ in nil }) -> Stage {
        let names = (0..<count).map { "web-\($0)" }
        let unsettled = ObjectFixture.rollout("aaa-a-long-name", status: ["replicas": 7])
        let fresh = ObjectFixture.replicaSet(of: "aaa-a-long-name").merging([
            "metadata": ["managedFields": [ObjectFixture.written("f:spec", 5)]]
        ])
        return Stage(
            names.map { .rollout($0) } + [unsettled],
            replicaSets: names.map { .replicaSet(of: $0).marked(60) } + [fresh], before: before)
    }

    @Test func thoseThatAreSureArePrintedAtOnce() async {
        let printed = Mutex<[Int]>([])
        let seen = Mutex<Stage?>(nil)
        let stage = stage(999) { request, _ in
            if request.url.contains("/replicasets") {
                printed.withLock { $0.append(seen.withLock { $0 }?.lines.count ?? -1) }
            }
            return nil
        }
        seen.withLock { $0 = stage }
        let run = await stage.run("list")
        // One evidence read for all, three for the unsettled one, and a last one after its Rollout was read again.
        #expect(printed.withLock { $0 } == [0, 1_000, 1_000, 1_000, 1_000])
        let reads = stage.cluster.requests(.get, "replicasets").dropFirst()
        #expect(reads.allSatisfy { $0.url.contains("aaa-a-long-name") })
        let lines = run.out.split(separator: "\n")
        #expect(run.status == 0 && lines.count == 1_001 && lines[0].hasPrefix("NAME      PHASE "))
        #expect(lines[1].hasPrefix("web-0     Degraded ") && lines[1_000].hasPrefix("aaa-a-long-name   Degraded   "))
        #expect(stage.time.elapsed == .seconds(6))
    }

    @Test func whatFollowsKeepsToTheColumns() async {
        let names = ["web-with-a-long-name", "b"]
        let fresh = ObjectFixture.replicaSet(of: "b").merging([
            "metadata": ["managedFields": [ObjectFixture.written("f:spec", 5)]]
        ])
        let stage = Stage(
            [.rollout(names[0]), .rollout("b", status: ["replicas": 7])],
            replicaSets: [.replicaSet(of: names[0]).marked(60), fresh])
        #expect(
            await stage.run("list").out == """
                NAME                   PHASE      READY   DIAGNOSIS   FOR   LAST-RESTART
                web-with-a-long-name   Degraded   5/5     stuck       60m   -
                b                      Degraded   5/5     unsettled   60m   -

                """)
        #expect(
            await stage.run("list -o name").out
                == "rollout.argoproj.io/web-with-a-long-name\nrollout.argoproj.io/b\n")
    }

    /// Output that is one document, sorted or in custom columns waits for all Rollouts.
    @Test(arguments: ["-o json", "--sort-by .name", "-o custom-columns=N:.name"])
    func whatIsOneWaits(flags: String) async {
        let run = await stage(2).run("list \(flags)")
        #expect(run.out.contains("aaa-a-long-name"))
        let first = run.out.firstRange(of: "aaa-a-long-name"), second = run.out.firstRange(of: "web-0")
        #expect(first.map { first in second.map { first.lowerBound < $0.lowerBound } ?? false } ?? false)
    }
}
