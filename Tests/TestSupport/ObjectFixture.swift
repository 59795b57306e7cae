import Foundation

/// A Rollout or ReplicaSet as sent by a cluster: a base object with changes merged in.
package struct ObjectFixture: @unchecked Sendable {
    // Contains JSON values only, which are not mutated after creation.
    package var fields: [String: Any]

    package init(_ fields: [String: Any]) {
        self.fields = fields
    }

    /// The current time for fixtures: 2026-03-01T12:00:00Z.
    package static let now: Int64 = 1_772_366_400
    package static let deadlineMessage =
        "ProgressDeadlineExceeded: ReplicaSet \"web-7d9f5c\" has timed out progressing."

    /// RFC 3339, `seconds` before ``now`` (or after, if negative).
    package static func ago(_ seconds: Int64) -> String {
        let date = Date(timeIntervalSince1970: Double(now - seconds))
        return date.ISO8601Format()
    }

    /// An entry of `managedFields`: a write to `field` ("f:spec", "f:status"), `seconds` ago.
    package static func written(_ field: String, _ seconds: Int64, subresource: String? = nil) -> [String: Any] {
        let entry: [String: Any] = [
            "manager": "somebody", "operation": "Update", "time": ago(seconds), "fieldsV1": [field: [String: Any]()],
        ]
        return entry.merging(subresource.map { ["subresource": $0] } ?? [:]) { $1 }
    }

    /// Blue-green, five replicas (or `spec.replicas`), all present and counted, timed out an hour ago: stuck.
    package static func rollout(
        _ name: String = "web", namespace: String = "shop", spec: [String: Any] = [:], status: [String: Any] = [:],
        metadata: [String: Any] = [:]
    ) -> ObjectFixture {
        let pods = spec["replicas"].map { $0 as? Int ?? 1 } ?? 5
        let base: [String: Any] = [
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Rollout",
            "metadata": [
                "name": name, "namespace": namespace, "uid": "uid-\(name)", "resourceVersion": "1001", "generation": 7,
                "creationTimestamp": ago(86_400 * 9), "managedFields": [written("f:spec", 86_400)],
            ],
            "spec": [
                "replicas": 5,
                "selector": ["matchLabels": ["app": name]],
                "strategy": ["blueGreen": ["activeService": name]],
            ],
            "status": [
                "observedGeneration": "7",
                "phase": "Degraded",
                "message": deadlineMessage,
                "currentPodHash": "7d9f5c",
                "stableRS": "7d9f5c",
                "replicas": pods,
                "updatedReplicas": pods,
                "readyReplicas": pods,
                "availableReplicas": pods,
                "HPAReplicas": pods,
                "blueGreen": ["activeSelector": "7d9f5c"],
                "conditions": [
                    condition("Available", "False", "AvailableReason", since: 3600),
                    condition("Progressing", "False", "ProgressDeadlineExceeded", since: 3600),
                    condition("Healthy", "False", "RolloutHealthy", since: 3600),
                ],
            ],
        ]
        return ObjectFixture(base)
            .merging(["spec": spec, "status": status, "metadata": metadata])
    }

    package static func condition(
        _ type: String, _ status: String, _ reason: String, since seconds: Int64, message: String = ""
    ) -> [String: Any] {
        [
            "type": type, "status": status, "reason": reason, "message": message, "lastUpdateTime": ago(seconds),
            "lastTransitionTime": ago(seconds),
        ]
    }

    /// The current ReplicaSet of ``rollout(_:namespace:spec:status:metadata:)`` with `pods` healthy pods.
    package static func replicaSet(
        of name: String = "web", namespace: String = "shop", hash: String = "7d9f5c", pods: Int = 5,
        available: Int? = nil, owner: String? = nil, status: [String: Any] = [:], generation: Int = 3
    ) -> ObjectFixture {
        ObjectFixture([
            "apiVersion": "apps/v1",
            "kind": "ReplicaSet",
            "metadata": [
                "name": "\(name)-\(hash)", "namespace": namespace, "uid": "uid-\(name)-\(hash)",
                "generation": generation, "resourceVersion": "1002",
                "managedFields": [written("f:spec", 86_400), written("f:status", 7200, subresource: "status")],
                "labels": ["app": name, "rollouts-pod-template-hash": hash],
                "ownerReferences": [["kind": "Rollout", "name": name, "uid": owner ?? "uid-\(name)"]],
            ],
            "spec": ["replicas": pods],
            "status": [
                "observedGeneration": 3, "replicas": pods, "readyReplicas": available ?? pods,
                "availableReplicas": available ?? pods,
            ],
        ]).merging(["status": status])
    }

    /// This ReplicaSet with the mark of a refresh `seconds` ago.
    package func marked(_ seconds: Int64) -> ObjectFixture {
        merging(["metadata": ["annotations": ["rollout-heal/refreshed": "\(Self.now - seconds).1"]]])
    }

    /// This Rollout with counters in its status as the controller would sum them over `replicaSets`; zeros are omitted.
    package func believing(_ all: [ObjectFixture]) -> ObjectFixture {
        let uid = (fields["metadata"] as? [String: Any])?["uid"] as? String
        let replicaSets = all.filter { $0.ownerUID == uid }
        let status = fields["status"] as? [String: Any] ?? [:]
        func sum(_ field: String, _ counts: (String?) -> Bool = { _ in true }) -> Any {
            let total = replicaSets.filter { counts($0.podHash) }.reduce(0) {
                $0 + (($1.fields["status"] as? [String: Any])?[field] as? Int ?? 0)
            }
            return total == 0 ? NSNull() : total
        }
        let active = (status["blueGreen"] as? [String: Any])?["activeSelector"] as? String
        let isBlueGreen = ((fields["spec"] as? [String: Any])?["strategy"] as? [String: Any])?["blueGreen"] != nil
        let hasActive = isBlueGreen && replicaSets.contains { $0.podHash == active }
        let counts: (String?) -> Bool = { hasActive ? $0 == active : true }
        return merging([
            "status": [
                "replicas": sum("replicas"), "HPAReplicas": sum("replicas", counts),
                "updatedReplicas": sum("replicas") { $0 == status["currentPodHash"] as? String },
                "readyReplicas": sum("readyReplicas", counts), "availableReplicas": sum("availableReplicas", counts),
            ]
        ])
    }

    private var ownerUID: String? {
        ((fields["metadata"] as? [String: Any])?["ownerReferences"] as? [[String: Any]])?.first?["uid"] as? String
    }

    private var podHash: String? {
        ((fields["metadata"] as? [String: Any])?["labels"] as? [String: String])?["rollouts-pod-template-hash"]
    }

    /// This fixture with `changes` applied as a JSON merge patch: null removes.
    package func merging(_ changes: [String: Any]) -> ObjectFixture {
        ObjectFixture(Self.merge(fields, changes))
    }

    private static func merge(_ base: [String: Any], _ changes: [String: Any]) -> [String: Any] {
        changes.reduce(into: base) { result, change in
            if change.value is NSNull {
                result[change.key] = nil
            } else if let change = (change.key, change.value) as? (String, [String: Any]),
                let old = result[change.0] as? [String: Any]
            {
                result[change.0] = merge(old, change.1)
            } else {
                result[change.key] = change.value
            }
        }
    }

    package var json: [UInt8] {
        Array((try? JSONSerialization.data(withJSONObject: fields, options: .sortedKeys)) ?? Data())
    }

    package func decoded<Object: Decodable>(as type: Object.Type = Object.self) throws -> Object {
        try JSONDecoder().decode(type, from: Data(json))
    }

    /// A list in the API server's format.
    package static func list(
        _ items: [ObjectFixture], kind: String = "RolloutList", continue token: String? = nil
    ) -> [UInt8] {
        let metadata: [String: Any] = ["resourceVersion": "2000"].merging(token.map { ["continue": $0] } ?? [:]) { $1 }
        let fields: [String: Any] = [
            "apiVersion": "argoproj.io/v1alpha1", "kind": kind, "metadata": metadata, "items": items.map(\.fields),
        ]
        return ObjectFixture(fields).json
    }
}

/// JSON's null in a fixture.
package enum Null {
    package static var value: Any { NSNull() }
}
