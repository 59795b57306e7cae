import HTTPTransport
import Synchronization
import TestSupport
import Testing

@testable import Commands

private let secret = "T00/B11/s3cr3t"

/// `heal --notify`, from flag to request.
@Suite struct HealNotifyTests {
    private func stage(_ received: Counted, replicaSets: [ObjectFixture]? = nil) -> Stage {
        Stage([.rollout()], replicaSets: replicaSets, controller: .heals) { request, _ in
            if request.url.hasPrefix("https://hook/") {
                received.add(request)
                return .success(.scripted(200, headers: [:], body: "ok"))
            }
            if request.url.contains("/events") {
                received.add(request)
                return .success(FakeCluster.json(Array("{}".utf8), status: 201))
            }
            return nil
        }
    }

    final class Counted: Sendable {
        private let requests = Mutex<[HTTPRequest]>([])
        func all(_ part: String) -> [HTTPRequest] { requests.withLock { $0.filter { $0.url.contains(part) } } }
        func add(_ request: HTTPRequest) { requests.withLock { $0.append(request) } }
    }

    @Test func aRestartThatHealsIsOneNotificationAndItsEvents() async {
        let received = Counted()
        let run = await stage(received).run(
            "heal web --settle 0s --notify https://hook/\(secret) --notify slack:https://hook/slack-\(secret) -v 9")
        #expect(run.status == 0, "\(run.err)")
        let bodies = received.all("hook").map { String(decoding: $0.body ?? [], as: UTF8.self) }
        #expect(bodies.count == 2 && bodies.contains { $0.contains("\"type\":\"RECOVERED\"") }, "\(bodies) \(run)")
        #expect(bodies.contains { $0.hasPrefix("{\"text\":\"*rollout-heal* on ctx: 1 recovered") }, "\(bodies)")
        let events = received.all("/events").map { String(decoding: $0.body ?? [], as: UTF8.self) }
        for reason in ["RolloutRestarted", "RolloutRecovered"] {
            #expect(events.count { $0.contains("\"reason\":\"\(reason)\"") } == 1, "\(reason): \(events)")
        }
        #expect(events.allSatisfy { $0.contains("\"uid\":") }, "\(events)")
        #expect(!(run.out + run.err).contains("s3cr3t"), "\(run.err)")
    }

    /// Without a mark, a refresh comes first; `restart` records it too.
    @Test(arguments: ["heal web --settle 0s", "restart web --settle 0s"])
    func aRefreshIsAnEvent(line: String) async {
        let received = Counted()
        let run = await stage(received, replicaSets: [.replicaSet()]).run(line)
        let reasons = received.all("/events").map { String(decoding: $0.body ?? [], as: UTF8.self) }
        for reason in ["RolloutRefreshed", "RolloutRestarted", "RolloutRecovered"] {
            #expect(reasons.count { $0.contains("\"reason\":\"\(reason)\"") } == 1, "\(reason): \(run) \(reasons)")
        }
    }

    @Test(arguments: ["--dry-run=client", "--dry-run=server"])
    func aDryRunTellsNobody(flag: String) async {
        let received = Counted()
        _ = await stage(received).run("heal web --settle 0s --notify https://hook/x \(flag)")
        #expect(received.all("").isEmpty)
    }

    @Test(arguments: ["heal web", "restart web", "refresh web", "restart --cancel web"])
    func noEventsWritesNone(line: String) async {
        let received = Counted()
        _ = await stage(received).run("\(line) --no-events")
        #expect(received.all("/events").isEmpty)
    }

    @Test func aMissingRightIsAWarningAndNotAFailure() async {
        let stage = Stage([.rollout()], controller: .heals) { request, _ in
            guard request.url.contains("/events") else { return nil }
            return .success(FakeCluster.failure(403, "Forbidden", "events is forbidden"))
        }
        let run = await stage.run("heal web --settle 0s")
        #expect(run.status == 0, "\(run)")
        #expect(run.err.components(separatedBy: "warning: Events cannot be written").count == 2, "\(run.err)")
        #expect(run.err.contains("or pass --no-events"))
    }
}

extension String {
    fileprivate func components(separatedBy part: String) -> [Substring] {
        split(separator: part, omittingEmptySubsequences: false)
    }
}
