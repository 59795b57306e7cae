import Foundation
import HTTPTransport
import KubeClient
import KubeConfig
import RolloutHeal
import Rollouts
import Synchronization
import TestSupport
import Testing

/// Notifications and Events of the real program, on a real API server.
@Suite(.onCluster, .inTurn)
struct NotifyTests {
    private let cluster: TestCluster
    private static let secret = "T00-s3cr3t"

    init() throws {
        cluster = try TestCluster()
    }

    /// The bodies that a receiver got.
    private final class Inbox: Sendable {
        private let bodies = Mutex<[String]>([])
        var all: [String] { bodies.withLock { $0 } }
        func add(_ request: LoopbackConnection.Request) {
            bodies.withLock { $0.append(String(decoding: request.body, as: UTF8.self)) }
        }
    }

    private func store(_ name: String, in namespace: String, available: Int = 5) async throws {
        try await cluster.store(
            .stored(name, in: namespace),
            replicaSets: [.replicaSet(of: name, namespace: namespace, available: available)])
    }

    private func file(_ text: String) throws -> String {
        let path = FileManager.default.temporaryDirectory.appending(path: "url-\(UUID().uuidString)").path
        try Data(text.utf8).write(to: URL(filePath: path))
        return path
    }

    private func receiver(
        _ inbox: Inbox, _ answer: @escaping @Sendable (LoopbackConnection) throws -> Void
    ) throws -> LoopbackServer {
        try LoopbackServer { connection in
            while let request = try connection.readRequest() {
                inbox.add(request)
                try answer(connection)
            }
        }
    }

    @Test func watchTellsWhatStaysAndWhatItHealedAndNeverTheURL() async throws {
        let namespace = try await cluster.makeNamespace("notify")
        try await store("web", in: namespace)
        try await store("ill", in: namespace, available: 1)
        let (slack, json) = (Inbox(), Inbox())
        let slackServer = try receiver(slack) { try $0.respond(Self.secret, status: 500) }
        let jsonServer = try receiver(json) { try $0.respond("ok") }
        let path = try file("\(jsonServer.url)/\(Self.secret)")
        let watch = try cluster.start(
            "watch", "-n", namespace, "--heal", "--leader-elect", "--settle", "0s", "--log-format", "json", "-v", "9",
            "--notify", "slack:\(slackServer.url)/\(Self.secret)", "--notify", "@\(path)", "--notify-after", "1s",
            "--cluster-name", "stage-1")
        try await watch.wait("restarted") { watch.errors.contains("\"RESTARTED\"") }
        try await cluster.finishRestart(namespace, "web")
        try await watch.wait("told", seconds: 60) {
            json.all.contains { $0.contains("\"type\":\"FOUND\"") && $0.contains("\"name\":\"ill\"") }
                && json.all.contains { $0.contains("\"type\":\"RECOVERED\"") && $0.contains("\"by\":\"restart\"") }
        }
        try await watch.wait("tried twice", seconds: 60) { slack.all.count >= 2 }
        #expect(slack.all.allSatisfy { $0.hasPrefix("{\"text\":\"*rollout-heal* on stage-1: ") })
        watch.signal(SIGTERM)
        #expect(try await watch.end(seconds: 20) == 0)
        #expect(watch.errors.contains("POST to notification target 2 (json, 127.0.0.1): 200"))
        #expect(watch.errors.contains("a notification cannot be delivered: status 500"))
        #expect(!(watch.errors + watch.output).contains("s3cr3t"))
        // The next process knows from the Lease that its predecessor has told it.
        let before = json.all.count { $0.contains("\"type\":\"FOUND\"") }
        let next = try cluster.start(
            "watch", "-n", namespace, "--heal", "--leader-elect", "--settle", "0s", "--log-format", "json",
            "--notify", "@\(path)", "--notify-after", "1s")
        try await next.wait("leading", seconds: 60) { next.errors.contains("leading") }
        try await Task.sleep(for: .seconds(18))
        next.signal(SIGTERM)
        #expect(try await next.end(seconds: 20) == 0)
        #expect(json.all.count { $0.contains("\"type\":\"FOUND\"") } == before)
    }

    /// A receiver that accepts and never answers.
    @Test func aReceiverThatHangsDelaysNoHeal() async throws {
        let namespace = try await cluster.makeNamespace("notify")
        let inbox = Inbox()
        let server = try receiver(inbox) { $0.waitForClose() }
        let watch = try cluster.start(
            "watch", "-n", namespace, "--heal", "--settle", "0s", "-o", "json", "--notify", "\(server.url)/x",
            "--notify-after", "1s")
        try await watch.wait("synced") { watch.errors.contains("watching") }
        for name in ["one", "two"] {
            try await store(name, in: namespace)
            try await watch.wait("\(name) restarted") { watch.names("RESTARTED").contains(name) }
            try await cluster.finishRestart(namespace, name)
            try await watch.wait("\(name) recovered") { watch.names("RECOVERED").contains(name) }
        }
        try await watch.wait("asked", seconds: 40) { !inbox.all.isEmpty }
        try await store("three", in: namespace)
        try await watch.wait("three restarted") { watch.names("RESTARTED").contains("three") }
        watch.signal(SIGTERM)
        let start = ContinuousClock.now
        #expect(try await watch.end(seconds: 15) == 0)
        #expect(ContinuousClock.now - start < .seconds(6))
    }

    @Test func healWritesItsStepsAsEvents() async throws {
        let namespace = try await cluster.makeNamespace("events")
        try await store("web", in: namespace)
        let controller = cluster.control(namespace, heals: true)
        let run = try await cluster.plugin("heal", "web", "-n", namespace, "--settle", "1s")
        controller.cancel()
        #expect(run.status == 0, "\(run.errors)")
        let events = try await self.events(namespace)
        let reasons = Set(events.compactMap { $0["reason"] as? String })
        // It carries a mark already, so there is no refresh.
        #expect(reasons == ["RolloutRestarted", "RolloutRecovered"], "\(run.output) \(run.errors)")
        let uid = (try await cluster.rollout(namespace, "web")["metadata"] as? [String: Any])?["uid"] as? String
        #expect(events.allSatisfy { ($0["regarding"] as? [String: Any])?["uid"] as? String == uid })
    }

    /// The API server accepts the count of a repeated Event.
    @Test func aRepeatedEventIsCounted() async throws {
        let namespace = try await cluster.makeNamespace("events")
        let time = ManualTime()
        let client = try cluster.client(time)
        let recorder = EventRecorder(RolloutAPI(client: client, time: time.source), instance: "test") { error in
            Issue.record("\(error)")
        }
        for _ in 0..<3 {
            recorder.record(
                Change(.refreshed, RolloutID(namespace: namespace, name: "web"), uid: "u-1", message: "wrote"))
        }
        recorder.finish()
        await recorder.run()
        let events = try await self.events(namespace)
        #expect(events.count == 1)
        #expect((events.first?["series"] as? [String: Any])?["count"] as? Int == 3, "\(events)")
    }

    private func events(_ namespace: String) async throws -> [[String: Any]] {
        let answer = try await cluster.request(.get, "/apis/events.k8s.io/v1/namespaces/\(namespace)/events")
        let list = try JSONSerialization.jsonObject(with: Data(answer.body)) as? [String: Any]
        return list?["items"] as? [[String: Any]] ?? []
    }
}
