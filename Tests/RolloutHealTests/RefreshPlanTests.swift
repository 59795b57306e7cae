import Formats
import Rollouts
import TestSupport
import Testing

@Suite struct RefreshPlanTests {
    private func plan(_ rollout: ObjectFixture, _ sets: [ObjectFixture]) throws -> RefreshPlan {
        RefreshPlan(
            of: try rollout.decoded(), .live(try sets.map { try $0.decoded() }),
            now: Timestamp(secondsSince1970: ObjectFixture.now))
    }

    /// Current, active, stable, those with pods, then the rest by oldest mark; at most 25.
    @Test func fortyOldReplicaSets() throws {
        let old = (0..<40).map { number in
            ObjectFixture.replicaSet(hash: "old\(number)", pods: 0).merging(
                number == 7 ? [:] : ["metadata": ["annotations": ["rollout-heal/refreshed": "\(1000 + number).1"]]])
        }
        let sets = old + [.replicaSet(hash: "busy", pods: 1), .replicaSet(hash: "stable"), .replicaSet()]
        let rollout = ObjectFixture.rollout(status: ["stableRS": "stable", "blueGreen": ["activeSelector": "stable"]])
        let names = try plan(rollout, sets).replicaSets.map(\.name)
        #expect(names.count == 25)
        #expect(names.prefix(5) == ["web-7d9f5c", "web-stable", "web-busy", "web-old7", "web-old0"])
    }

    @Test func allWithPodsAreWrittenTo() throws {
        let sets = (0..<30).map { ObjectFixture.replicaSet(hash: "h\($0)", pods: 1) } + [.replicaSet()]
        #expect(try plan(.rollout(), sets).replicaSets.count == 31)
    }

    @Test(
        arguments: [("100.1", 60), ("100.2", 300), ("100.3", 1800), ("100.4", 3600), ("100.99", 3600)]
            as [(String, Int64)])
    func intervals(text: String, seconds: Int64) throws {
        #expect(try #require(RefreshMark(text)).interval == .seconds(seconds))
    }

    @Test(arguments: ["", "1", "1.", ".1", "1.0", "-1.1", "1.1.1", "a.b", "99999999999999999999.1"])
    func whatIsNoMark(text: String) {
        #expect(RefreshMark(text) == nil)
    }

    /// A clock that was wrong for a moment must not stop refreshes and restarts until the time it wrote.
    @Test(arguments: [(ahead: 60 as Int64, counts: true), (ahead: 61, counts: false), (ahead: 1 << 40, counts: false)])
    func aMarkFromTheFutureDoesNotCount(ahead: Int64, counts: Bool) throws {
        let mark = ["metadata": ["annotations": ["rollout-heal/refreshed": "\(ObjectFixture.now + ahead).2"]]]
        let rollout: Rollout = try ObjectFixture.rollout().decoded()
        let evidence = Evidence.live([try ObjectFixture.replicaSet().merging(mark).decoded()])
        let now = Timestamp(secondsSince1970: ObjectFixture.now)
        #expect((rollout.refreshDue(evidence, now: now) != nil) == counts)
        #expect((rollout.markSinceTimeOut(evidence, now: now) != nil) == counts)
        #expect(RefreshPlan(of: rollout, evidence, now: now).mark.count == (counts ? 3 : 1))
    }

    @Test func whatTheControllerGoesOnWith() throws {
        let sets = [ObjectFixture.replicaSet(pods: 7)]
        let unscaled = ObjectFixture.rollout().believing(sets)
        #expect(try plan(unscaled, sets).consequence == "will continue with scaling 7 to 5")
        #expect(try plan(.rollout(status: ["replicas": 7]), [.replicaSet()]).consequence == nil)
        func template(_ image: String) -> [String: Any] { ["template": ["spec": ["containers": [["image": image]]]]] }
        let unseen = ObjectFixture.rollout(spec: template("web:1"), metadata: ["generation": 8])
        func consequence(_ spec: [String: Any]) throws -> String? {
            try plan(unseen.merging(["spec": spec]), [ObjectFixture.replicaSet().merging(["spec": template("web:1")])])
                .consequence
        }
        #expect(try consequence(["replicas": 7]) == "will continue with scaling 5 to 7")
        #expect(try consequence(template("web:2")) == "will continue with the update to web:2")
        #expect(try consequence([:]) == "will continue with the change to the spec")
    }
}
