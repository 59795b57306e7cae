import Formats
import Testing

@testable import Rollouts

/// What is told, once, and grouped.
@Suite struct NoticeBoardTests {
    private let start = Timestamp(secondsSince1970: 1_000_000)
    private let web = RolloutID(namespace: "shop", name: "web")

    /// A board with a clock that both the server and the process share.
    private struct Bench {
        var board = NoticeBoard()
        var uptime = Duration.zero
        var rows: [WatchedRow] = []
        var isLeading = true
        let start: Timestamp

        /// Advances in steps of 2 s, as the loop does, and returns the messages.
        mutating func pass(_ duration: Duration) -> [[Notice]] {
            let end = uptime + duration
            var messages: [[Notice]] = []
            while uptime < end {
                uptime += .seconds(2)
                board.take(rows, isLeading: isLeading, now: start + uptime, at: uptime)
                if let message = board.due(at: uptime) { messages.append(message) }
            }
            return messages
        }

        mutating func tell(_ change: Change) { board.take(change, isLeading: isLeading, at: uptime) }
    }

    private func row(
        _ name: String = "web", _ diagnosis: Diagnosis = .unavailable, heldBy gate: Gate? = nil, since: Int64 = 0,
        restartedAt: Int64? = nil, isUnderWay: Bool = false, isIgnored: Bool = false
    ) -> WatchedRow {
        WatchedRow(
            id: RolloutID(namespace: "shop", name: name), phase: "Degraded", desired: 5,
            verdict: Verdict(
                diagnosis: diagnosis, isDue: gate != nil,
                heldBy: gate.map { Reading($0, isOpen: false, "1 of 1 restarts did not help") }),
            since: start + .seconds(since), restartedAt: restartedAt.map { start + .seconds($0) },
            state: "nothing is restarted", isUnderWay: isUnderWay, explanation: "only 2 of 5 pods are available",
            isIgnored: isIgnored)
    }

    private func bench(_ rows: [WatchedRow] = []) -> Bench { Bench(rows: rows, start: start) }

    private func recovered(_ remedy: Change.Remedy?) -> Change {
        Change(
            .recovered, web, message: "Healthy",
            recovery: remedy.map { .init(by: $0, duration: .seconds(3), evicted: 0) })
    }

    @Test func whatStaysIsToldOnceAfterItsTimeAndTheWindow() {
        var bench = bench([row()])
        #expect(bench.pass(.seconds(308)).isEmpty)
        let messages = bench.pass(.seconds(4))
        #expect(
            messages == [
                [
                    Notice(
                        .found, web, diagnosis: .unavailable, since: start,
                        message: "only 2 of 5 pods are available; nothing is restarted")
                ]
            ])
        #expect(bench.pass(.seconds(7200)).isEmpty)
    }

    @Test func severalAreOneMessageWithTheWorstFirst() {
        var bench = bench([
            row("b", since: -400), row("a", since: -500), row("c", .stuck, heldBy: .attempts), row("d", .unreconciled),
        ])
        let messages = bench.pass(.seconds(600))
        #expect(messages.map { $0.map(\.id.name) } == [["c", "d", "a", "b"]])
        #expect(messages.first?.map(\.kind) == [.gaveUp, .unreconciled, .found, .found])
    }

    /// What passes, is intended, opted out, or is being healed.
    @Test(arguments: [Diagnosis.paused, .updating, .unsettled, .restartPending, .scaledToZero, .deleting])
    func whatNeedsNobodyIsNotTold(diagnosis: Diagnosis) {
        var bench = bench([row("a", diagnosis), row("b", isUnderWay: true), row("c", isIgnored: true)])
        #expect(bench.pass(.seconds(3600)).isEmpty)
    }

    @Test func whatEndsBeforeItIsToldIsNoNews() {
        var bench = bench([row(since: -600)])
        #expect(bench.pass(.seconds(4)).isEmpty)
        bench.rows = []
        bench.tell(recovered(nil))
        #expect(bench.pass(.seconds(3600)).isEmpty)
        // The same without a recovery: it is in progress again.
        bench.rows = [row(since: 3700)]
        #expect(bench.pass(.seconds(700)).count == 1)
    }

    @Test func aRecoveryIsToldAfterItsTroubleOrAStepOfOurs() {
        var told = bench([row(since: -600)])
        #expect(told.pass(.seconds(60)).count == 1)
        told.rows = []
        told.tell(recovered(nil))
        #expect(told.pass(.seconds(60)).map { $0.map(\.kind) } == [[.recovered]])
        var healed = bench()
        healed.tell(recovered(.refresh))
        #expect(healed.pass(.seconds(60)).map { $0.map(\.recovery?.by) } == [[.refresh]])
        var byItself = bench()
        byItself.tell(recovered(nil))
        #expect(byItself.pass(.seconds(60)).isEmpty)
    }

    /// A refresh let the controller go on with an update: the trouble is over, though the Rollout is not Healthy.
    @Test func whatGoesOnAfterARefreshIsToldAndForgotten() {
        let goesOn = Change(.found, web, message: "reconciled: Paused")
        var bench = bench([row("web", .stale, since: -600)])
        #expect(bench.pass(.seconds(60)).count == 1)
        bench.rows = []
        bench.tell(goesOn)
        #expect(bench.pass(.seconds(60)).map { $0.map(\.kind) } == [[.recovered]])
        bench.rows = [row("web", .stale, since: 200)]
        #expect(bench.pass(.seconds(600)).map { $0.map(\.kind) } == [[.found]])
        var young = self.bench([row("web", .stale)])
        #expect(young.pass(.seconds(60)).isEmpty)
        young.rows = []
        young.tell(goesOn)
        #expect(young.pass(.seconds(600)).isEmpty)
    }

    /// The controller sees the Rollout again, and calls it Degraded: that is no recovery.
    @Test func whatIsDegradedAfterARefreshHasNotRecovered() {
        var bench = bench([row("web", .unreconciled, since: -600)])
        #expect(bench.pass(.seconds(60)).count == 1)
        bench.rows = []
        var change = Change(.found, web, message: "reconciled: Degraded, RolloutAborted")
        change.isDegraded = true
        bench.tell(change)
        #expect(bench.pass(.seconds(60)).isEmpty)
        bench.rows = [row("web", .stale, since: 200)]
        #expect(bench.pass(.seconds(600)).map { $0.map(\.kind) } == [[.found]])
    }

    /// A view that turns stale again and again is told once an hour.
    @Test func repeatedHealsAreToldOnceAnHour() {
        var bench = bench()
        var count = 0
        for _ in 0..<60 {
            bench.tell(recovered(.refresh))
            count += bench.pass(.seconds(120)).count
        }
        #expect(count == 2)
    }

    @Test func anotherDiagnosisIsToldOnceItHasStayedToo() {
        var bench = bench([row(since: -600)])
        #expect(bench.pass(.seconds(60)).count == 1)
        for _ in 0..<20 {
            bench.rows = [row("web", .stuck, since: -600)]
            #expect(bench.pass(.seconds(200)).isEmpty)
            bench.rows = [row(since: -600)]
            #expect(bench.pass(.seconds(200)).isEmpty)
        }
        bench.rows = [row("web", .stuck, since: -600)]
        #expect(bench.pass(.seconds(400)).map { $0.map(\.diagnosis) } == [[.stuck]])
    }

    @Test func aStandbyTellsNothing() {
        var bench = bench([row(since: -600)])
        bench.isLeading = false
        bench.tell(recovered(.refresh))
        #expect(bench.pass(.seconds(600)).isEmpty)
        // It has led, and loses the Lease within the window.
        bench.isLeading = true
        #expect(bench.pass(.seconds(4)).isEmpty)
        bench.isLeading = false
        #expect(bench.pass(.seconds(600)).isEmpty)
    }

    /// A process that starts again, or another replica, tells only what came due since the last one worked.
    @Test(arguments: [(since: -900 as Int64, messages: 0), (since: -316, messages: 0), (since: -310, messages: 1)])
    func whatAPredecessorToldIsNotToldAgain(since: Int64, messages: Int) {
        var bench = bench([row(since: since)])
        bench.board.cover(until: start, at: .zero)
        #expect(bench.pass(.seconds(600)).count == messages)
        // But its end is told, because its beginning was.
        bench.rows = []
        bench.tell(recovered(nil))
        #expect(bench.pass(.seconds(60)).count == 1)
    }

    /// A given-up restart is as old as the restart, not as the trouble.
    @Test func aRestartThatFailedAfterThePredecessorEndedIsTold() {
        var bench = bench([row("web", .stuck, heldBy: .attempts, since: -9000, restartedAt: -200)])
        bench.board.cover(until: start, at: .zero)
        #expect(bench.pass(.seconds(60)).map { $0.map(\.kind) } == [[.gaveUp]])
    }

    /// The predecessor's times say nothing about what begins later.
    @Test func whatBeginsAfterATakeoverIsTold() {
        var bench = bench()
        bench.board.cover(until: start, at: .zero)
        #expect(bench.pass(.seconds(600)).isEmpty)
        bench.rows = [row(since: -9000)]
        #expect(bench.pass(.seconds(60)).count == 1)
    }

    @Test func memoryIsBounded() {
        var bench = bench((0..<12_000).map { row("web-\($0)", since: -600) })
        let messages = bench.pass(.seconds(20))
        #expect(messages.map(\.count) == [NoticeBoard.most])
    }

    @Test func theLastWordIsFlushed() {
        var bench = bench([row(since: -600)])
        #expect(bench.pass(.seconds(4)).isEmpty)
        #expect(bench.board.flush()?.count == 1 && bench.board.flush() == nil && bench.board.nextDue == nil)
    }
}

@Suite struct NoticeOfAChangeTests {
    @Test func onlyOutcomesAreNotices() {
        let id = RolloutID(namespace: "shop", name: "web")
        for kind in Change.Kind.allCases {
            let notice = Notice(Change(kind, id, message: "m"))
            #expect((notice != nil) == (kind == .gaveUp), "\(kind)")
        }
        let healed = Change.Recovery(by: .restart, duration: .seconds(41), evicted: 5)
        #expect(Notice(Change(.recovered, id, message: "m", recovery: healed))?.recovery == healed)
        #expect(Notice(Change(.error, id, message: "m", failure: .refreshInVain))?.kind == .unreconciled)
        #expect(Notice(Change(.error, id, message: "m", failure: .restartInVain)) == nil)
        #expect(Notice(Change(.gaveUp, message: "m")) == nil)
    }
}
