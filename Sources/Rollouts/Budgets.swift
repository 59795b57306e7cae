/// A PodDisruptionBudget (`policy/v1`), as far as it decides whether pods may be evicted.
package struct PodDisruptionBudget: Sendable, Equatable, Decodable {
    package struct Metadata: Sendable, Equatable, Decodable {
        package var name: String
        package var namespace: String?
    }

    package struct Spec: Sendable, Equatable, Decodable {
        package var selector: LabelSelector?
    }

    package struct Status: Sendable, Equatable, Decodable {
        package var disruptionsAllowed: Int64?
    }

    package var metadata: Metadata
    package var spec: Spec?
    package var status: Status?

    /// Whether it selects pods with these labels. Without a selector it selects nothing; an empty one selects all.
    package func matches(_ labels: [String: String]) -> Bool {
        spec?.selector?.matches(labels) ?? false
    }

    /// As `policy/v1beta1` has it, where an empty selector selects nothing.
    package var ofBeta: PodDisruptionBudget {
        var kept = self
        if kept.spec?.selector?.isEmpty == true { kept.spec?.selector = nil }
        return kept
    }
}

/// What the API server says of a namespace's PodDisruptionBudgets.
package enum Budgets: Sendable, Equatable {
    case notAsked
    /// They may not be listed (403).
    case forbidden
    case live([PodDisruptionBudget])
}

extension LabelSelector {
    package var isEmpty: Bool { matchLabels?.isEmpty ?? true && matchExpressions?.isEmpty ?? true }

    /// As apimachinery's `LabelSelectorAsSelector` reads it; an operator that nobody knows matches, which holds back more.
    package func matches(_ labels: [String: String]) -> Bool {
        (matchLabels ?? [:]).allSatisfy { labels[$0.key] == $0.value }
            && (matchExpressions ?? []).allSatisfy { expression in
                let value = labels[expression.key]
                let isAmong = value.map { (expression.values ?? []).contains($0) } ?? false
                return switch expression.operator {
                case "In": isAmong
                case "NotIn": !isAmong
                case "Exists": value != nil
                case "DoesNotExist": value == nil
                default: true
                }
            }
    }
}
