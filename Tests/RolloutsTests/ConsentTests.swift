import Formats
import Foundation
import TestSupport
import Testing

@testable import Rollouts

/// The gates `opt-out` with `--opt-in`, and `window`. It is Sunday noon.
@Suite struct ConsentTests: GateTesting {
    private func rule(_ namespaces: String..., knowsNamespaces: Bool = true) -> HealRule {
        var rule = HealRule()
        rule.optIn = OptIn(namespaces: Set(namespaces), knowsNamespaces: knowsNamespaces)
        return rule
    }

    private static let open = "Sun 11:00-13:00"
    private static let closed = "Sun 12:01-13:00"

    @Test(arguments: ["labels", "annotations"]) func theRolloutOptsIn(place: String) throws {
        func web(_ value: String) -> ObjectFixture { .rollout(metadata: [place: ["rollout-heal/heal": value]]) }
        #expect(try verdict(web("true"), rule())?.restarts == true)
        #expect(try verdict(web("yes"), rule())?.heldBy?.gate == .optOut)
        #expect(try verdict(.rollout(), rule())?.heldBy?.gate == .optOut)
        #expect(try verdict(.rollout())?.restarts == true)
    }

    @Test func theNamespaceOptsInForAll() throws {
        #expect(try verdict(.rollout(), rule("shop"))?.restarts == true)
        #expect(try verdict(.rollout(), rule("other"))?.heldBy?.gate == .optOut)
    }

    @Test func theReasonSaysWhatIsMissing() throws {
        let reason = try readings(.rollout(), rule())[.optOut]?.reason
        #expect(reason == "neither it nor its namespace has rollout-heal/heal: \"true\"")
        let unknown = try readings(.rollout(), rule(knowsNamespaces: false))[.optOut]?.reason
        #expect(unknown?.contains("its namespace cannot be read") == true)
    }

    @Test func anOptOutOutweighsTheOptInAndPolicyRuleAsksToo() throws {
        let web = ObjectFixture.rollout(metadata: [
            "labels": ["rollout-heal/heal": "true", "rollout-heal/ignore": "true"]
        ])
        #expect(try verdict(web, rule("shop"))?.heldBy?.reason == Rollout.optOut)
        var all = rule()
        all.policy = .rule
        #expect(try verdict(.rollout(), all)?.heldBy?.gate == .optOut)
    }

    @Test func aClosedWindowHoldsARestart() throws {
        var rule = HealRule()
        rule.windows = ChangeWindows([try ChangeWindow(Self.closed)])
        let held = try #require(try verdict(.rollout(), rule)?.heldBy)
        #expect(held.gate == .window && held.opensAt == now + .seconds(60))
        rule.windows = ChangeWindows([try ChangeWindow(Self.open)])
        #expect(try verdict(.rollout(), rule)?.restarts == true)
    }

    // MARK: watch

    private func bench(_ windows: String..., optIn: OptIn? = nil) throws -> WatchBench {
        let parsed = ChangeWindows(try windows.map { try ChangeWindow($0) })
        var bench = WatchBench {
            $0.rule.windows = parsed
            $0.rule.optIn = optIn
            $0.settle = .seconds(1)
        }
        bench.isMarked = true
        return bench
    }

    @Test func aRestartWaitsForTheWindow() throws {
        var bench = try bench("Sun 13:00-14:00")
        try bench.sync(.rollout())
        #expect(bench.words == ["FOUND web window", "SKIPPED web window"])
        try bench.pass(.seconds(3599))
        #expect(bench.restarts.isEmpty)
        // The usual reads of an unhealthy Rollout back off; none is made for the window but the one when it opens.
        let reads = bench.looks["web"]?.count ?? 0
        #expect(reads <= LookSchedule.intervals.count + 6)
        try bench.pass(.seconds(3))
        #expect(bench.restarts == ["web"])
        #expect(bench.looks["web"]?.contains(.seconds(3600)) == true)
    }

    /// The spec's new image is not rolled out yet: after a refresh, the controller updates.
    private var unobserved: ObjectFixture {
        ObjectFixture.stale().merging(["status": ["observedGeneration": "6"]])
    }

    @Test func aRefreshThatGoesOnWithAnUpdateWaitsForTheWindow() throws {
        var bench = try bench("Sun 13:00-14:00")
        try bench.sync(unobserved)
        try bench.pass(.seconds(3599))
        #expect(bench.refreshes.isEmpty)
        #expect(bench.words == ["FOUND web", "SKIPPED web window"])
        #expect(bench.told[1].message.contains("after a refresh the controller will continue with"))
        try bench.pass(.seconds(1))
        #expect(bench.refreshes.map(\.at) == [.seconds(3600)])
    }

    @Test func aRefreshThatOnlyCorrectsTheStatusDoesNotWait() throws {
        var bench = try bench("Sun 13:00-14:00")
        try bench.sync(.stale())
        try bench.pass(.seconds(31))
        #expect(bench.refreshes.map(\.name) == ["web"])
    }

    @Test func anOptOutHoldsTheLabelToo() throws {
        var bench = try bench()
        try bench.sync(.stale())
        try bench.pass(.seconds(31))
        #expect(bench.refreshes.map(\.name) == ["web"])
        try bench.see(.stale(metadata: ["labels": ["rollout-heal/ignore": "true"]]))
        try bench.pass(.seconds(120))
        #expect(bench.refreshes.map(\.name) == ["web"])
    }

    /// After it, the controller would scale.
    @Test func aWindowThatEndsAfterTheRefreshHoldsTheLabel() throws {
        for (window, names) in [("Sun 11:00-12:01", ["web"]), ("Sun 11:00-12:02", ["web", "web label"])] {
            let windows = ChangeWindows([try ChangeWindow(window)])
            var bench = WatchBench {
                $0.rule.windows = windows
                $0.staleAfter = .seconds(50)
            }
            guard case .live(var sets) = try WatchBench.complete(try ObjectFixture.stale().decoded(as: Rollout.self))
            else { return }
            sets[0].spec.replicas = 3
            bench.evidence["web"] = .live(sets)
            try bench.sync(.stale())
            try bench.pass(.seconds(75))
            #expect(bench.refreshes.map(\.name) == names)
        }
    }

    @Test func whoOptsInLaterIsHealedThen() throws {
        var bench = try bench(optIn: OptIn())
        try bench.sync(.stale())
        try bench.pass(.seconds(60))
        #expect(bench.refreshes.isEmpty)
        #expect(bench.words == ["FOUND web", "SKIPPED web opt-out"])
        #expect(bench.told[0].message.contains("left alone: neither it nor its namespace"))
        bench.list.optIn(OptIn(namespaces: ["other"]), at: bench.uptime)
        try bench.pass(.seconds(60))
        #expect(bench.refreshes.isEmpty)
        bench.list.optIn(OptIn(namespaces: ["shop"]), at: bench.uptime)
        try bench.pass(.seconds(10))
        #expect(bench.refreshes.map(\.name) == ["web"])
    }

    @Test func aNamespaceThatLeavesIsForgottenAndCounted() throws {
        var bench = try bench()
        try bench.sync(.rollout(), .rollout("api", namespace: "stage"))
        #expect(bench.list.count == 2)
        let changes = bench.list.leave("shop", at: bench.uptime)
        #expect(changes.map(\.kind) == [.deleted])
        #expect(changes[0].message == "its namespace is no longer selected")
        #expect(bench.list.count == 1 && bench.list.census.excluded == 1 && bench.list.caseCount == 1)
        bench.list.include("shop")
        #expect(bench.list.census.excluded == 0)
    }

    /// A Rollout with a restart of ours, in a namespace that leaves the selection.
    private func leavingBench() throws -> (bench: WatchBench, restartAt: String) {
        var bench = WatchBench { $0.settle = .zero }
        try bench.sync(.rollout(), .rollout("api", namespace: "shop", status: ["phase": "Healthy"]))
        #expect(bench.restarts == ["web"])
        let label = String(bench.now.secondsSince1970)
        let restartAt = bench.now.rfc3339
        try bench.see(
            .rollout().restarting(at: restartAt)
                .merging(["metadata": ["labels": ["rollout-heal/restarted-at": label]]]))
        bench.told = []
        #expect(bench.list.leave("shop", at: bench.uptime).isEmpty)
        #expect(bench.list.isLeaving(RolloutID(namespace: "shop", name: "web")))
        #expect(bench.list.count == 1 && bench.list.census.excluded == 1)
        return (bench, restartAt)
    }

    @Test func aRestartIsFollowedThoughItsNamespaceLeaves() throws {
        var (bench, restartAt) = try leavingBench()
        try bench.pass(.seconds(42))
        try bench.see(.rollout().healed(restartAt: restartAt))
        try bench.look()
        #expect(bench.words == ["RECOVERED web"])
        #expect(bench.list.count == 0 && bench.list.caseCount == 0 && bench.list.census.excluded == 2)
        #expect(!bench.list.isLeaving(RolloutID(namespace: "shop", name: "web")))
    }

    @Test func aRestartIsTakenBackThoughItsNamespaceLeavesAndNothingElseIsDone() throws {
        var (bench, _) = try leavingBench()
        try bench.pass(.seconds(420))
        #expect(bench.words.suffix(2) == ["CANCELLED web", "DELETED web"], "\(bench.words)")
        try bench.pass(.seconds(7200))
        #expect(bench.restarts == ["web"] && bench.refreshes.isEmpty && bench.list.caseCount == 0)
    }

    @Test func whatComesBackMeanwhileStays() throws {
        var (bench, restartAt) = try leavingBench()
        bench.list.include("shop")
        try bench.see(.rollout().healed(restartAt: restartAt))
        try bench.look()
        #expect(bench.list.count == 1 && bench.list.census.excluded == 0)
    }

    @Test func whatIsFoundNamesTheStepThatWouldHelp() throws {
        for (fixture, isMarked, action) in [
            (ObjectFixture.stale(), true, Action.refresh), (.rollout(), true, .restart), (.rollout(), false, .refresh),
        ] {
            var bench = WatchBench(heals: false)
            bench.isMarked = isMarked
            try bench.sync(fixture)
            #expect(bench.told.map(\.action) == [action])
        }
    }
}
