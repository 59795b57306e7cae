import Rollouts
import TestSupport
import Testing

@testable import Commands

/// The JSON output of `list`.
@Suite struct ListJSONTests {
    @Test func jsonIsAPromise() async throws {
        let stale = ObjectFixture.rollout("cart", status: ["restartedAt": ObjectFixture.ago(60), "replicas": 6])
        let run = await Stage([stale], replicaSets: [.replicaSet(of: "cart")]).run("list -o json")
        #expect(
            run.out.hasPrefix(
                """
                {
                    "apiVersion": "rollout-heal/v1",
                    "kind": "DiagnosisList",
                    "items": [
                        {
                            "namespace": "shop",
                            "name": "cart",
                            "uid": "uid-cart",
                            "strategy": "BlueGreen",
                            "phase": "Degraded",
                            "message": "ProgressDeadlineExceeded: ReplicaSet \\"web-7d9f5c\\" has timed out progressing.",
                            "diagnosis": "stale",
                            "reason": "the controller works from a stale cache: status says 6 replicas, its ReplicaSets have 5",
                            "action": "refresh",
                            "gates": [
                                {
                                    "gate": "opt-out",
                                    "open": true,
                                    "reason": "no rollout-heal/ignore"
                                },

                """))
        #expect(
            run.out.contains(
                """
                                {
                                    "gate": "cool-down",
                                    "open": false,
                                    "reason": "restarted 60s ago; at most one in 15m"
                                },
                                {
                                    "gate": "settle",
                                    "open": null,
                                    "reason": "decided by two successive evidence reads"
                                },

                """))
        #expect(
            run.out.hasSuffix(
                """
                                {
                                    "gate": "rate",
                                    "open": null,
                                    "reason": "decided when a restart is sent"
                                }
                            ],
                            "heldBy": null,
                            "since": "2026-03-01T11:00:00Z",
                            "belief": {
                                "replicas": 6,
                                "updated": 5,
                                "ready": 5,
                                "available": 5,
                                "generation": 7
                            },
                            "replicas": {
                                "desired": 5,
                                "ready": 5,
                                "available": 5,
                                "total": 5
                            },
                            "podHash": "7d9f5c",
                            "restartAt": null,
                            "restarts": 0,
                            "refreshedAt": null
                        }
                    ]
                }

                """))
        let gates = run.out.matches(of: /"gate": "(.+)"/).map { String($0.1) }
        #expect(gates == Gate.allCases.map(\.rawValue))
        let empty = await Stage().run("list -o yaml")
        #expect(empty == (0, "apiVersion: rollout-heal/v1\nkind: DiagnosisList\nitems: []\n", ""))
    }
}
