/// The fields of a PodDisruptionBudget (`policy/v1`) that decide on evictions.
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

    /// Whether it selects pods with these labels. A missing selector selects none, an empty one all.
    package func matches(_ labels: [String: String]) -> Bool {
        spec?.selector?.matches(labels) ?? false
    }

    /// The object with the meaning of `policy/v1beta1`, where an empty selector selects nothing.
    package var ofBeta: PodDisruptionBudget {
        var kept = self
        if kept.spec?.selector?.isEmpty == true { kept.spec?.selector = nil }
        return kept
    }
}

/// The PodDisruptionBudgets of a namespace.
package enum Budgets: Sendable, Equatable {
    case notAsked
    /// Listing them is forbidden (403).
    case forbidden
    case live([PodDisruptionBudget])
}

extension LabelSelector {
    package var isEmpty: Bool { matchLabels?.isEmpty ?? true && matchExpressions?.isEmpty ?? true }

    /// Matches like apimachinery's `LabelSelectorAsSelector`. An unknown operator matches, which errs towards holding
    /// back.
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
