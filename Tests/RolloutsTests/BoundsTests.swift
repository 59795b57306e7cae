import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

private let now = Timestamp(secondsSince1970: ObjectFixture.now)

@Suite struct SettleTests {
    @Test func onlyWhatTellsATimeoutApartCounts() throws {
        let first = Settle(.stuck, of: try ObjectFixture.rollout().decoded())
        let scaled = ObjectFixture.rollout(
            spec: ["replicas": 9], status: ["observedGeneration": "8"], metadata: ["generation": 8])
        #expect(first == Settle(.stuck, of: try scaled.decoded()))
        #expect(first != Settle(.unavailable, of: try ObjectFixture.rollout().decoded()))
        #expect(first != Settle(.stuck, of: try ObjectFixture.rollout(status: ["currentPodHash": "x"]).decoded()))
        let later = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: 5)]
        #expect(first != Settle(.stuck, of: try ObjectFixture.rollout(status: ["conditions": later]).decoded()))
    }

    @Test(arguments: [(59 as Int64, true), (60, false), (-5, true)])
    func youngIsLessThanTheDuration(age: Int64, isYoung: Bool) throws {
        let conditions = [ObjectFixture.condition("Progressing", "False", "ProgressDeadlineExceeded", since: age)]
        let look = Settle(.stuck, of: try ObjectFixture.rollout(status: ["conditions": conditions]).decoded())
        #expect(look.isYounger(than: .seconds(60), now: now) == isYoung)
    }

    @Test func aTimeoutWithoutDateIsOld() throws {
        let look = Settle(.stuck, of: try ObjectFixture.rollout(status: ["conditions": NSNull()]).decoded())
        #expect(!look.isYounger(than: .seconds(60), now: now))
    }
}

@Suite struct StormTests {
    @Test(arguments: [
        (4, 4, "30%", false), (5, 16, "30%", true), (5, 17, "30%", false), (6, 20, "30%", false), (7, 20, "30%", true),
        (100, 100, "100%", false), (5, 100, "5", false), (6, 100, "5", true), (4, 100, "0", false), (5, 100, "0", true),
        (5, 5, "0%", true), (5, 0, "30%", true),
    ])
    func ragesPastTheThreshold(recent: Int, watched: Int, threshold: String, rages: Bool) throws {
        let storm = try #require(Storm(threshold: threshold))
        #expect(storm.rages(recent: recent, watched: watched) == rages)
    }

    @Test(arguments: ["", "%", "-1", "101%", "-1%", "30 %", "x", "1.5"])
    func refusesOtherThresholds(_ text: String) {
        #expect(Storm(threshold: text) == nil)
    }

    @Test func countsTheLastQuarterOfAnHour() {
        #expect(Storm.counts(now.advanced(by: .seconds(-900)), now: now))
        #expect(!Storm.counts(now.advanced(by: .seconds(-901)), now: now))
        #expect(!Storm.counts(nil, now: now))
    }
}

@Suite struct RateTests {
    /// The results of ``Rate/take(namespace:now:)`` for requests at the given seconds.
    private func answers(_ rate: inout Rate, _ requests: [(namespace: String, after: Int64)]) -> [Bool] {
        requests.map { rate.take(RolloutID(namespace: $0.namespace, name: "web"), at: .seconds($0.after)) }
    }

    @Test func soManyAMinuteAndOneAtATimeInANamespace() {
        var rate = Rate(perMinute: 2, turn: .seconds(600))
        let answers = answers(&rate, [("a", 0), ("a", 0), ("b", 0), ("c", 59), ("c", 60)])
        #expect(answers == [true, false, true, false, true])
    }

    @Test func aTurnEndsWhenItIsDoneOrForgotten() {
        var rate = Rate(perMinute: 10, turn: .seconds(600))
        let first = answers(&rate, [("a", 0)])
        rate.finish(RolloutID(namespace: "a", name: "web"))
        let then = answers(&rate, [("a", 0)])
        rate.occupy(RolloutID(namespace: "a", name: "web"), at: .seconds(0))
        let last = answers(&rate, [("a", 599), ("a", 600)])
        #expect(first + then + last == [true, true, false, true])
    }

    /// The turn lasts as long as the request, which may still be stored.
    @Test func aTurnDoesNotEndWhileItIsBeingAskedFor() {
        var rate = Rate(perMinute: 10, turn: .seconds(600))
        #expect(answers(&rate, [("a", 0), ("a", 601), ("b", 601)]) == [true, false, true])
        #expect(rate.isBusy("a", at: .seconds(601)) && rate.nextFree(namespace: "a", at: .seconds(601)) == nil)
        rate.giveBack(RolloutID(namespace: "a", name: "web"))
        #expect(answers(&rate, [("a", 601)]) == [true])
    }

    @Test func whatIsRefusedTakesNothing() {
        var rate = Rate(perMinute: 1)
        var answers = answers(&rate, [("a", 0)])
        let before = rate
        answers += self.answers(&rate, [("b", 0)])
        #expect(answers == [true, false])
        #expect(rate == before)
    }
}

@Suite struct RestartPatchTests {
    private func json(_ patch: RestartPatch?) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(try #require(patch)), as: UTF8.self)
    }

    @Test func carriesItsOwnPreconditionAndCount() throws {
        let rollout = try ObjectFixture.rollout().decoded(as: Rollout.self)
        #expect(
            try json(.restart(rollout, now: now)) == """
                {"metadata":{"labels":{"rollout-heal/pod-hash":"7d9f5c","rollout-heal/restarted-at":"1772366400",\
                "rollout-heal/restarts":"1"},\
                "resourceVersion":"1001","uid":"uid-web"},"spec":{"restartAt":"2026-03-01T12:00:00Z"}}
                """)
    }

    @Test func cancellingRemovesTheFieldAndBeginsTheCoolDown() throws {
        let rollout = try ObjectFixture.rollout().decoded(as: Rollout.self)
        #expect(
            try json(.cancel(rollout, now: now)) == """
                {"metadata":{"labels":{"rollout-heal/restarted-at":"1772366400"},"resourceVersion":"1001","uid":"uid-web"},"spec":{"restartAt":null}}
                """)
    }

    @Test(arguments: ["uid", "resourceVersion"])
    func thereIsNoPatchWithoutPrecondition(_ field: String) throws {
        let rollout = try ObjectFixture.rollout(metadata: [field: NSNull()]).decoded(as: Rollout.self)
        #expect(RestartPatch.restart(rollout, now: now) == nil)
        #expect(RestartPatch.cancel(rollout, now: now) == nil)
    }

    /// With another server's clock, an earlier label would make the Healthy condition look newer.
    @Test func aRestartThatIsTakenBackKeepsTheLaterMoment() throws {
        func written(_ ago: Int64) throws -> Int64? {
            let label = String(ObjectFixture.now - ago)
            let rollout = ObjectFixture.rollout(metadata: ["labels": ["rollout-heal/restarted-at": label]])
            return RestartPatch.cancel(try rollout.decoded(), now: now)?.writtenAt.secondsSince1970
        }
        #expect(try written(-1800) == ObjectFixture.now + 1800)
        #expect(try written(1800) == ObjectFixture.now)
    }
}
