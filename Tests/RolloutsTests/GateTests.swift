import Foundation
import TestSupport
import Testing

@testable import Rollouts

@Suite struct SolePodTests: GateTesting {
    struct Row: Sendable {
        var replicas: Int
        var strategy: String
        var unavailable: String?
        var surge: String?
        var takes: Int64
    }

    @Test(arguments: [
        Row(replicas: 1, strategy: "blueGreen", takes: 1),
        Row(replicas: 5, strategy: "blueGreen", takes: 1),
        Row(replicas: 8, strategy: "blueGreen", takes: 2),
        Row(replicas: 5, strategy: "blueGreen", unavailable: "100%", takes: 5),
        Row(replicas: 3, strategy: "canary", takes: 1),
        Row(replicas: 3, strategy: "canary", unavailable: "99%", takes: 2),
        Row(replicas: 3, strategy: "canary", unavailable: "3", takes: 3),
        Row(replicas: 3, strategy: "canary", unavailable: "7", takes: 3),
        Row(replicas: 3, strategy: "canary", unavailable: "0", surge: "0", takes: 1),
        Row(replicas: 3, strategy: "canary", unavailable: "-4", takes: 1),
        Row(replicas: 3, strategy: "canary", unavailable: "9223372036854775807%", takes: 3),
        Row(replicas: 3, strategy: "canary", unavailable: "most", takes: 1),
    ])
    func theFormulaOfTheController(_ row: Row) throws {
        func value(_ text: String?) -> Any { text.map { Int($0).map { $0 as Any } ?? $0 } ?? null }
        let strategy = ["maxUnavailable": value(row.unavailable), "maxSurge": value(row.surge)]
        let none: Any = row.strategy == "blueGreen" ? "canary" : "blueGreen"
        let rollout = ObjectFixture.rollout(
            spec: ["replicas": row.replicas, "strategy": [row.strategy: strategy, "\(none)": null]])
        #expect(try rollout.decoded(as: Rollout.self).restartedAtOnce == row.takes)
        let isSpared = row.takes >= row.replicas
        let evidence = [ObjectFixture.replicaSet(pods: row.replicas).marked(60)]
        #expect(try readings(rollout, evidence: evidence)[.solePod]?.isOpen == !isSpared)
        #expect(try readings(rollout, HealRule(allowsSolePod: true), evidence: evidence)[.solePod]?.isOpen == true)
    }

    @Test func theOnlyPodIsSpared() throws {
        let single = ObjectFixture.rollout(spec: ["replicas": null])
        let one = [ObjectFixture.replicaSet(pods: 1).marked(60)]
        #expect(try verdict(single, evidence: one)?.word == "stuck (sole-pod)")
        #expect(try verdict(single, HealRule(allowsSolePod: true), evidence: one)?.restarts == true)
        #expect(try verdict(single, HealRule(policy: .rule), evidence: one)?.restarts == true)
    }
}

@Suite struct EvictableTests: GateTesting {
    private func old(_ pods: Int, available: Int, wanted: Int) -> ObjectFixture {
        .replicaSet(hash: "older", pods: pods, available: available).merging(["spec": ["replicas": wanted]])
    }

    @Test func nothingIsArmedThatCouldEvictNothing() throws {
        // Blue-green: the old ReplicaSet is kept by scaleDownDelay but unavailable, so no pod could be evicted.
        let delayed = proof + [old(5, available: 0, wanted: 5)]
        #expect(try readings(.rollout(), evidence: delayed)[.evictable]?.isOpen == false)
        #expect(try verdict(.rollout().believing(delayed), evidence: delayed)?.word == "stuck (evictable)")
        let there = proof + [old(5, available: 5, wanted: 5)]
        #expect(try readings(.rollout(), evidence: there)[.evictable]?.isOpen == true)
        let short = [ObjectFixture.replicaSet(available: 4).marked(60)]
        #expect(try readings(.rollout(), evidence: short)[.evictable]?.isOpen == false)
        #expect(try readings(.rollout())[.evictable]?.reason == "the controller could evict 1 of its pods now")
    }

    @Test func absurdNumbersDoNotOverflow() throws {
        let absurd = ObjectFixture.replicaSet(status: ["availableReplicas": Int.min])
            .merging(["spec": ["replicas": Int.max]])
        #expect(try readings(.rollout(), evidence: [absurd, absurd])[.evictable]?.isOpen == false)
    }

    @Test func whatWasNotReadIsNotKnown() throws {
        let reading = HealRule().readings(of: try ObjectFixture.rollout().decoded(), .stuck, .forbidden, now: now)
            .first { $0.gate == .evictable }
        #expect(reading?.isOpen == nil)
    }
}

@Suite struct BudgetTests: GateTesting {
    private func budget(_ name: String, _ selector: [String: Any]?, allows: Int?) throws -> PodDisruptionBudget {
        try ObjectFixture([
            "metadata": ["name": name, "namespace": "shop"], "spec": ["selector": (selector as Any?) ?? null],
            "status": ["disruptionsAllowed": (allows as Any?) ?? null],
        ]).decoded()
    }

    private let pods = [
        ObjectFixture.replicaSet().marked(60)
            .merging(["spec": ["template": ["metadata": ["labels": ["app": "web", "tier": "front"]]]]])
    ]
    private let web: [String: Any] = ["matchLabels": ["app": "web"]]

    @Test func oneThatAllowsNothingHolds() throws {
        for allowed in [0, nil, -1] as [Int?] {
            let budgets = Budgets.live([try budget("web", web, allows: allowed)])
            #expect(try verdict(.rollout(), evidence: pods, budgets: budgets)?.word == "stuck (budget)")
        }
        let one = Budgets.live([try budget("web", web, allows: 1)])
        #expect(try verdict(.rollout(), evidence: pods, budgets: one)?.restarts == true)
    }

    @Test func twoOnOnePodHoldWhateverTheyAllow() throws {
        let two = Budgets.live([try budget("a", web, allows: 5), try budget("b", [:], allows: 5)])
        let reading = try readings(.rollout(), evidence: pods, budgets: two)[.budget]
        #expect(reading?.isOpen == false)
        #expect(reading?.reason.hasPrefix("PodDisruptionBudgets a, b match the same pods") == true)
    }

    @Test func withoutTheRightItIsClosedAndNamesIt() throws {
        let reading = try readings(.rollout(), evidence: pods, budgets: .forbidden)[.budget]
        #expect(reading?.isOpen == false)
        #expect(reading?.reason == "permission to list poddisruptionbudgets is missing")
    }

    @Test func onlyThoseOfItsPodsCount() throws {
        let others = Budgets.live([
            try budget("none", nil, allows: 0), try budget("other", ["matchLabels": ["app": "api"]], allows: 0),
        ])
        #expect(try verdict(.rollout(), evidence: pods, budgets: others)?.restarts == true)
        // Old pods with other labels are evicted too; ReplicaSets without pods have none.
        let old = ObjectFixture.replicaSet(hash: "older", pods: 2)
            .merging(["spec": ["template": ["metadata": ["labels": ["app": "api"]]]]])
        #expect(try readings(.rollout(), evidence: pods + [old], budgets: others)[.budget]?.isOpen == false)
        let empty = old.merging(["status": ["replicas": 0]])
        #expect(try readings(.rollout(), evidence: pods + [empty], budgets: others)[.budget]?.isOpen == true)
    }

    @Test(
        arguments: [
            ("In", ["front", "back"], true), ("In", ["back"], false), ("NotIn", ["back"], true),
            ("NotIn", ["front"], false),
            ("Exists", nil, true), ("DoesNotExist", nil, false), ("Unheard", nil, true),
        ] as [(String, [String]?, Bool)])
    func expressionsAreReadAsTheServerDoes(_ row: (operator: String, values: [String]?, matches: Bool)) throws {
        let expression: [String: Any] = [
            "key": "tier", "operator": row.operator, "values": (row.values as Any?) ?? null,
        ]
        let budget = try budget("web", ["matchExpressions": [expression]], allows: 0)
        #expect(budget.matches(["app": "web", "tier": "front"]) == row.matches)
    }

    @Test func anEmptySelectorOfTheOldVersionSelectsNothing() throws {
        let all = try budget("all", [:], allows: 0)
        #expect(all.matches(["app": "web"]))
        #expect(!all.ofBeta.matches(["app": "web"]))
        #expect(try budget("web", web, allows: 0).ofBeta.matches(["app": "web"]))
    }
}

@Suite struct ReadingsTests: GateTesting {
    @Test func everyGateIsReadInOrder() throws {
        let all = HealRule().readings(of: try restarted(60).decoded(), .stuck, .live([]), now: now)
        #expect(all.map(\.gate) == Gate.allCases)
        #expect(all.filter { $0.isOpen == false }.map(\.gate) == [.policy, .attempts, .coolDown])
    }

    @Test func theOriginalRuleHasFive() throws {
        let all = HealRule(policy: .rule).readings(of: try restarted(60).decoded(), .stuck, .notGiven, now: now)
        #expect(all.map(\.gate) == [.optOut, .deleting, .policy, .breaker, .rate])
    }

    /// The displayed readings and the verdict always agree.
    @Test(arguments: Policy.allCases)
    func readingsAndVerdictAgree(_ policy: Policy) throws {
        let rule = HealRule(policy: policy)
        let fixtures = [
            ObjectFixture.rollout(), restarted(60), restarted(7200, restarts: "3"), .rollout(spec: ["replicas": 1]),
            .rollout(metadata: ["labels": ["rollout-heal/ignore": "true"]]), .rollout(spec: ["paused": true]),
        ]
        for fixture in fixtures {
            let verdict = try #require(try verdict(fixture, rule))
            let live = Evidence.live(try proof.map { try $0.decoded() })
            let all = rule.readings(of: try fixture.decoded(), verdict.diagnosis, live, now: now)
            #expect(verdict.restarts == all.allSatisfy { $0.isOpen != false })
        }
    }
}
