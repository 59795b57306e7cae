internal import Rollouts

/// Which ReplicaSets are asked for, and whose those are that come.
extension RolloutAPI {
    /// By the uid of what owns them: there may be thousands of both.
    static func byOwner(_ answer: Evidence) -> [String: [ReplicaSet]] {
        guard case .live(let all) = answer else { return [:] }
        return all.reduce(into: [:]) { sets, set in
            for uid in Set((set.metadata.ownerReferences ?? []).compactMap(\.uid)) {
                sets[uid, default: []].append(set)
            }
        }
    }

    static func owned(
        by rollout: Rollout, in answer: Evidence, _ byOwner: [String: [ReplicaSet]]
    ) -> Evidence {
        guard case .live = answer else { return answer }
        return .live((byOwner[rollout.metadata.uid ?? ""] ?? []).filter { $0.isOwned(by: rollout) })
    }

    /// One list of ReplicaSets, and the Rollouts that it tells about.
    struct EvidenceRequest: Sendable, Equatable {
        var namespace: String
        var labelSelector: String
        var rollouts: [Rollout]
    }

    static func requests(for rollouts: [Rollout]) -> [EvidenceRequest] {
        let byNamespace = Dictionary(grouping: rollouts) { $0.metadata.namespace ?? "" }
        return byNamespace.sorted { $0.key < $1.key }.map { namespace, rollouts in
            let selector = rollouts.count == 1 ? selectorOfAll(rollouts[0]) : ReplicaSet.podHashLabel
            return EvidenceRequest(namespace: namespace, labelSelector: selector, rollouts: rollouts)
        }
    }

    /// Selects every ReplicaSet of a Rollout: by its own selector, or by the one its status gives where the spec has none.
    private static func selectorOfAll(_ rollout: Rollout) -> String {
        let own = rollout.spec.selector.map(\.text).flatMap { $0.isEmpty ? nil : $0 }
        return [own ?? rollout.status.selector, ReplicaSet.podHashLabel]
            .compactMap { $0 }.filter { !$0.isEmpty }.joined(separator: ",")
    }
}

extension LabelSelector {
    /// The form that a `labelSelector` parameter takes.
    var text: String {
        let equalities = (matchLabels ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let expressions = (matchExpressions ?? []).map { expression in
            let values = "(" + (expression.values ?? []).joined(separator: ",") + ")"
            return switch expression.operator {
            case "In": "\(expression.key) in \(values)"
            case "NotIn": "\(expression.key) notin \(values)"
            case "DoesNotExist": "!\(expression.key)"
            default: expression.key
            }
        }
        return (equalities + expressions).joined(separator: ",")
    }
}
