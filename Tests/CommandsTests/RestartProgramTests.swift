import Foundation
import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import Commands

@Suite struct RestartProgramTests {
    @Test func oneLineEach() async {
        let run = await Stage(mixed, controller: .heals).run("restart")
        #expect(run.status == 0)
        #expect(
            Set(run.out.split(separator: "\n")) == [
                "rollout.argoproj.io/cart restarted", "rollout.argoproj.io/cart recovered (after 0 s)",
                "rollout.argoproj.io/paused skipped (paused: the Rollout is paused)",
            ])
        let everywhere = await Stage(mixed).run("restart -A --wait=false --yes")
        #expect(everywhere.out.contains("rollout.argoproj.io/shop/cart restarted\n"))
    }

    @Test(arguments: [("y", true), ("Yes", true), ("n", false), ("", false), ("yy", false), (nil, false)])
    func severalAreAskedForAtATerminal(answer: String?, restarts: Bool) async {
        let stage = Stage([.rollout("api"), .rollout("web")], controller: .heals)
        let run = await stage.run("restart", answer: answer, isTerminal: true)
        #expect(run.status == 0)
        #expect(run.err.contains("Context:    ctx\nCluster:    cl (https://h:6443)\nNamespace:  shop\n"))
        #expect(run.err.contains("Restart 2 of the 2 Rollouts that match? [y/N] "))
        #expect(stage.cluster.requests(.patch, "rollouts").count == (restarts ? 2 : 0))
    }

    /// Control characters in the kubeconfig cannot alter the question.
    @Test func whoWroteTheKubeconfigCannotDrawOverTheQuestion() async {
        let kubeconfig = """
            current-context: "prod\\e[2K\\rContext: staging"
            clusters: [{name: "cl\\e[8m", cluster: {server: "https://h:6443"}}]
            contexts: [{name: "prod\\e[2K\\rContext: staging", context: {cluster: "cl\\e[8m", namespace: shop}}]
            """
        let stage = Stage([.rollout("api"), .rollout("web")], kubeconfig: kubeconfig)
        let run = await stage.run("restart", answer: "n", isTerminal: true)
        #expect(run.err.contains("Context:    prod^[[2K...\nCluster:    cl^[[8m (https://h:6443)"), "\(run.err)")
        let none = await Stage(
            kubeconfig: Stage.kubeconfig.replacingOccurrences(of: "shop", with: #""sh\e[31mop""#)
        ).run("restart")
        #expect(none.err.contains("in sh^[[31mop namespace"), "\(none.err)")
    }

    /// A selector from unset variables is empty and would select everything.
    @Test(arguments: ["restart -l ''", "restart -l \u{A0}", "watch --heal -l ''"])
    func aSelectorOfBlanksIsRefused(line: String) async {
        let stage = Stage([.rollout()])
        let run = await stage.run(line)
        #expect(run.status == 2 && run.err.contains("it is empty, and would select everything"), "\(run.err)")
        #expect(stage.cluster.requests.isEmpty)
    }

    /// Each warning is printed once, up to a maximum number.
    @Test func warningsWithoutEndAreCutOff() async {
        let number = Atomic(0)
        let stage = Stage([.rollout()]) { request, cluster in
            guard request.url.contains("rollouts") else { return nil }
            var response = cluster.answer(request)
            for _ in 1...150 {
                let next = number.wrappingAdd(1, ordering: .relaxed).newValue
                response.headers.append("Warning", "299 - \"no \(next) \(String(repeating: "x", count: 60_000))\"")
            }
            return .success(response)
        }
        let run = await stage.run("restart --wait=false --yes")
        #expect(run.status == 0 && run.err.utf8.count < 120_000)
        #expect(run.err.split(separator: "\n").count { $0.hasPrefix("Warning: ") } == 101)
        #expect(run.err.contains("Warning: the API server has more warnings, not shown\n"))
    }

    private static func kill(_ name: String) -> ObjectFixture {
        .replicaSet(of: name, available: 1)
    }

    @Test func whatWasNotInThePlanIsNotRestarted() async {
        let sets = [
            ObjectFixture.replicaSet(of: "api").marked(60), .replicaSet(of: "web").marked(60), Self.kill("late"),
        ]
        let late = ObjectFixture.rollout("late").believing(sets)
        let stage = Stage([.rollout("api"), late, .rollout("web")], replicaSets: sets, controller: .heals)
        let run = await stage.run("restart", answer: "y", isTerminal: true) { cluster in
            cluster.change("replicasets", "shop/late-7d9f5c", ["status": ["availableReplicas": 5]])
        }
        #expect(run.err.contains("Restart 2 of the 3 Rollouts that match? [y/N] "))
        #expect(run.out.contains("late skipped (unavailable"))
        #expect(stage.cluster.requests(.patch, "rollouts").count == 2)
        #expect(stage.cluster.object("rollouts", "shop/late")?.isRestarted == false)
    }

    /// One due Rollout needs no question; one that becomes due later must not be restarted with it.
    @Test func whatIsDueOnlyAfterThePlanIsNotRestartedUnasked() async {
        let looks = Mutex<Set<String>>([])
        let stage = Stage(
            [.rollout("api"), .rollout("late")], replicaSets: [.replicaSet(of: "api"), Self.kill("late")]
        ) { request, cluster in
            // Its pods become available right after the first evidence read.
            if request.url.contains("replicasets"), !looks.withLock({ $0.insert("seen").inserted }) {
                cluster.change("replicasets", "shop/late-7d9f5c", ["status": ["availableReplicas": 5]])
            }
            return nil
        }
        let run = await stage.run("restart", isTerminal: true)
        #expect(!run.err.contains("[y/N]") && run.out.contains("api restarted"))
        #expect(stage.cluster.object("rollouts", "shop/late")?.isRestarted == false)
    }

    @Test func anEmptySelectorIsAnUnfilledTemplate() async {
        let stage = Stage([.rollout("web")])
        #expect(await stage.run("restart -l ''").status == 2)
        #expect(stage.cluster.requests.isEmpty)
    }

    @Test(arguments: ["restart --yes", "restart api web", "restart --dry-run=client", "restart -l app=web"])
    func whatIsClearIsNotAsked(_ line: String) async {
        let run = await Stage([.rollout("api"), .rollout("web")], controller: .heals).run(line, isTerminal: true)
        #expect(run.status == 0 && !run.err.contains("[y/N]"))
    }

    @Test func jsonSumsUp() async throws {
        let stage = Stage(mixed)
        let run = await stage.run(
            "restart -o json --wait=false --yes", variables: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"])
        let document = try #require(
            JSONSerialization.jsonObject(with: Data(run.out.utf8)) as? [String: Any])
        let items = try #require(document["items"] as? [[String: Any]])
        #expect(Set(items.compactMap { $0["result"] as? String }) == ["restarted", "skipped"])
        let log = try #require(stage.file("/dev/termination-log"))
        #expect(log.hasPrefix("{\"apiVersion\":\"rollout-heal/v1\",\"kind\":\"RestartList\""))
        _ = await stage.run("restart")
        #expect(stage.file("/dev/termination-log") == nil)
    }

    @Test func theTerminationLogHasABound() async throws {
        let many = (0..<300).map { ObjectFixture.rollout("web-\($0)", spec: ["paused": true]) }
        let stage = Stage(many)
        _ = await stage.run("restart", variables: ["KUBERNETES_SERVICE_HOST": "10.0.0.1"])
        let log = try #require(stage.file("/dev/termination-log"))
        #expect(log.utf8.count <= 4096)
        let document = try JSONSerialization.jsonObject(with: Data(log.utf8)) as? [String: Any]
        #expect((document?["omitted"] as? Int ?? 0) + ((document?["items"] as? [Any])?.count ?? 0) == 300)
    }

    @Test func whoDoesNotWaitSaysThatHeMeansIt() async {
        let stage = Stage([.rollout("web")])
        for command in ["restart", "heal"] {
            let run = await stage.run("\(command) --wait=false")
            #expect(run.status == 2 && run.err.contains("--wait=false requires --yes"))
        }
        #expect(stage.cluster.requests.isEmpty)
        let run = await stage.run("restart --wait=false --yes")
        #expect(run.status == 0 && run.out == "rollout.argoproj.io/web restarted\n")
    }

    /// A refusal of a named Rollout says how to open the gate.
    @Test(arguments: ["restart", "heal"])
    func aNamedRefusalSaysWhatOpensTheGate(command: String) async {
        let one = ObjectFixture.rollout("one", spec: ["replicas": 1])
        let set = ObjectFixture.replicaSet(of: "one", pods: 1).marked(60)
        let refused = await Stage([one], replicaSets: [set]).run("\(command) one", isTerminal: true)
        #expect(refused.status == 5 && refused.out.contains("stuck"), "\(refused)")
        #expect(refused.err.contains("hint: sole-pod: --allow-sole-pod allows it\n"), "\(refused.err)")
        let all = await Stage([one], replicaSets: [set]).run(command)
        #expect(all.status == 0 && !all.err.contains("hint: "))
        let allowed = await Stage([one], replicaSets: [set], controller: .heals).run("\(command) one --allow-sole-pod")
        #expect(allowed.status == 0, "\(allowed)")
    }

    /// In a storm, the commands restart nothing, either.
    @Test func aStormHoldsTheCommandLineToo() async {
        let conditions = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 120)]
        let young = (0..<6).map { ObjectFixture.rollout("web-\($0)", status: ["conditions": conditions]) }
        let stage = Stage(young)
        let run = await stage.run("restart -A --wait=false --yes")
        #expect(run.out.contains("skipped (stuck (storm): 6 of 6 Rollouts in scope timed out in the last 15 minutes"))
        #expect(stage.cluster.requests(.patch, "rollouts").isEmpty)
        let healed = await stage.run("heal -A")
        #expect(healed.out.contains("skipped (stuck, storm: "), "\(healed.out)")
        #expect(stage.cluster.requests(.patch, "rollouts").isEmpty)
        let off = await stage.run("restart -A --wait=false --yes --storm-threshold 100%")
        #expect(off.out.contains("web-0 restarted\n"))
    }

    /// A restart that the controller has not begun is taken back when the command ends.
    @Test func whatNothingComesOfIsTakenBack() async {
        let stage = Stage([.rollout("web")])
        let run = await stage.run("restart web --timeout 60s")
        #expect(run.status == 4)
        #expect(run.out.hasSuffix("web taken back (the restart made no progress, no pod was evicted)\n"))
        #expect(stage.cluster.object("rollouts", "shop/web")?.isRestarted == false)
    }

    @Test func whatProgressesIsLeft() async {
        let stage = Stage([.rollout("web")]) { request, cluster in
            if request.method == .patch {
                cluster.change("replicasets", "shop/web-7d9f5c", ["status": ["availableReplicas": 4]])
            }
            return nil
        }
        let run = await stage.run("restart web --timeout 60s")
        #expect(run.status == 4 && run.out.contains("web not recovered (the restart was not carried out"))
        #expect(stage.cluster.object("rollouts", "shop/web")?.isRestarted == true)
    }

    @Test func outcomesOfOneRunAreRanked() async {
        let forbidden: FakeCluster.Hook = { request, _ in
            request.method == .patch ? .success(FakeCluster.failure(403, "Forbidden", "no")) : nil
        }
        #expect(await Stage([.rollout("web")], before: forbidden).run("restart").status == 3)
        #expect(await Stage([.rollout("web")], before: forbidden).run("restart web gone").status == 1)
        #expect(await Stage([.rollout("web")]).run("restart --timeout 5s").status == 4)
        #expect(await Stage([.rollout("web")]).run("restart web gone --timeout 5s").status == 1)
    }

    @Test func cancelTakesNamesOnly() async {
        let stage = Stage([.rollout("web", spec: ["restartAt": ObjectFixture.ago(5)])])
        #expect(await stage.run("restart --cancel").status == 2)
        #expect(await stage.run("restart --cancel web").out == "rollout.argoproj.io/web restart cancelled\n")
    }
}

extension ObjectFixture {
    fileprivate var isRestarted: Bool { (fields["spec"] as? [String: Any])?["restartAt"] != nil }
}
